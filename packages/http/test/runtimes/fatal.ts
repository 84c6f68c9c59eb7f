import process from "node:process";
import { receiverOf } from "../pushing.ts";
import { openSockets } from "../sockets.ts";

/** A receiver whose jobs end the process. Prints its port, and is given the address of the store. */
const [, , url = ""] = process.argv;
const sockets = await openSockets();
const mounted = sockets.mount(receiverOf(url, () => process.exit(7)));
console.log(mounted.replace("http://127.0.0.1:", ""));
