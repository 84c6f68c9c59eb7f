import { runAll } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { type Listen, openMounts } from "../mounts.ts";
import { overHttp } from "../subject.ts";
import { pushed } from "./pushed.ts";

type Fetch = Parameters<Listen>[0];
/** The servers of Bun and Deno, which Node's types do not know. */
const { Bun, Deno } = globalThis as unknown as {
  readonly Bun?: { serve(options: object): { readonly port: number; stop(now: boolean): Promise<void> } };
  readonly Deno?: {
    serve(options: object, fetch: Fetch): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  };
};

const listen: Listen = async (fetch) => {
  if (Bun) {
    const server = Bun.serve({ fetch, port: 0, hostname: "127.0.0.1" });
    return { port: server.port, close: () => server.stop(true) };
  }
  if (!Deno) throw new Error("Neither Bun nor Deno runs this.");
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, fetch);
  return { port: server.addr.port, close: () => server.shutdown() };
};

const sockets = await openMounts(listen);
const subject = overHttp(({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) }), sockets);
const report = await runAll(subject);
console.log(JSON.stringify({ report, pushed: await pushed(sockets) }));
await sockets.close();
