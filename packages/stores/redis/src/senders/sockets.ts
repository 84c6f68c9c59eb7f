import { type Check, mustBe } from "@longshore/core/adapter";
import type { Send } from "../script.ts";
import { type Reply, createReplies } from "./replies.ts";

/** A connection: two streams of bytes. `connect` of `cloudflare:sockets` opens such a one. */
export type Socket = {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  close(): PromiseLike<unknown>;
};
export type Connect = (
  address: { readonly hostname: string; readonly port: number },
  options: { readonly secureTransport: "on" | "off"; readonly allowHalfOpen: false },
) => Socket;

type Waiting = { resolve(value: unknown): void; reject(error: unknown): void };

const aConnect: Check = mustBe("connect of cloudflare:sockets", (value) => typeof value === "function");
const anAddress: Check = mustBe(
  "an address, such as redis://127.0.0.1:6379",
  (value) => typeof value === "string" && URL.canParse(value),
);

/**
 * Sends over a connection of its own, without a client library, for `redis`. It is for Workers, where a connection ends
 * with the request that opened it: make a store for each request or event, and close it. Connects at the first command,
 * and again at the next one after a loss. The address is `redis://` or, with TLS, `rediss://`, with user, password and
 * database if there are any. Fails with `invalid_option`.
 *
 * ```ts
 * import { connect } from "cloudflare:sockets";
 *
 * const jobs = redis({ ...sockets(connect, env.REDIS_URL) });
 * ctx.waitUntil(work(jobs).finally(() => jobs.close()));
 * ```
 */
export function sockets(connect: Connect, url: string): { readonly send: Send; readonly close: () => Promise<void> } {
  aConnect(connect, "connect of sockets");
  anAddress(url, "url of sockets");
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const secureTransport = protocol === "rediss:" ? "on" : "off";
  const greetings: (readonly string[])[] = [];
  if (password !== "")
    greetings.push(["AUTH", ...(username === "" ? [] : [username]), password].map(decodeURIComponent));
  if (pathname.length > 1) greetings.push(["SELECT", pathname.slice(1)]);
  let open: Connection | undefined;

  return {
    async send(command) {
      if (open === undefined || open.isBroken()) {
        const socket = connect({ hostname, port: Number(port) || 6379 }, { secureTransport, allowHalfOpen: false });
        open = createConnection(socket);
        // Sent before the first command, and answered before it.
        const greeted = greetings.map((greeting) => open?.send(greeting));
        const first = open.send(command);
        await Promise.all([...greeted, first]);
        return first;
      }
      return open.send(command);
    },
    async close() {
      await open?.close();
      open = undefined;
    },
  };
}

type Connection = { send(command: readonly string[]): Promise<unknown>; isBroken(): boolean; close(): Promise<void> };

/** Replies come in the order of the commands. */
function createConnection(socket: Socket): Connection {
  const encoder = new TextEncoder();
  const writer = socket.writable.getWriter();
  const waiting: Waiting[] = [];
  let broken: Error | undefined;
  const fail = (why: unknown): void => {
    broken ??= new Error("The connection to Redis was lost.", { cause: why });
    for (const { reject } of waiting.splice(0)) reject(broken);
  };
  const take = ({ value, error }: Reply): void => {
    const first = waiting.shift();
    if (error === undefined) first?.resolve(value);
    else first?.reject(new Error(error));
  };
  const read = async (): Promise<void> => {
    const reader = socket.readable.getReader();
    const replies = createReplies(take);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return fail(undefined);
      replies.push(value);
    }
  };
  read().catch(fail);

  return {
    isBroken: () => broken !== undefined,
    send(command) {
      if (broken !== undefined) return Promise.reject(broken);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        const parts = command.map((part) => `$${encoder.encode(part).length}\r\n${part}\r\n`);
        writer.write(encoder.encode(`*${command.length}\r\n${parts.join("")}`)).catch(fail);
      });
    },
    async close() {
      fail(undefined);
      await Promise.resolve(socket.close()).catch(() => {}); // it may be closed already
    },
  };
}
