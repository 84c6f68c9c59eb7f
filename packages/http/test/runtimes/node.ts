import { runAll } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { openSockets } from "../sockets.ts";
import { overHttp } from "../subject.ts";

/** The suite over sockets of the Node that runs this. */
const sockets = await openSockets();
const subject = overHttp(({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) }), sockets);
console.log(JSON.stringify(await runAll(subject)));
await sockets.close();
