import { type Check, mustBe } from "@longshore/core/adapter";
import type { Subscribe } from "../notify.ts";
import type { Send } from "../script.ts";

/** A client of node-redis (the package `redis`), as far as it is used. */
export type NodeRedisClient = {
  sendCommand(command: string[]): PromiseLike<unknown>;
  duplicate(): NodeRedisSubscriber;
  on(event: "error", listener: () => void): unknown;
  listenerCount(event: "error"): number;
};

type NodeRedisSubscriber = {
  connect(): PromiseLike<unknown>;
  subscribe(channel: string, listener: () => void): PromiseLike<unknown>;
  on(event: "error" | "ready", listener: () => void): unknown;
  destroy(): void;
};

// A client of ioredis has these methods, too, and sends other objects by them.
const aClient: Check = mustBe("a client of node-redis (await what connect() returns)", (value) => {
  const { sendCommand, listenerCount, call } = Object(value) as Partial<NodeRedisClient> & { readonly call?: unknown };
  return typeof sendCommand === "function" && typeof listenerCount === "function" && call === undefined;
});

/**
 * Sends through a client of node-redis, which you connect, and listens with a connection of its own, for `redis`. The
 * client stays yours to close. Fails with `invalid_option`.
 *
 * ```ts
 * const client = await createClient({ url: "redis://127.0.0.1:6379" }).connect();
 * const jobs = redis({ ...nodeRedis(client) });
 * ```
 */
export function nodeRedis(client: NodeRedisClient): { readonly send: Send; readonly subscribe: Subscribe } {
  aClient(client, "client of nodeRedis");
  // An error event that nobody listens to ends the process, and every lost connection is one.
  if (client.listenerCount("error") === 0) client.on("error", () => {});
  return {
    send: (command) => client.sendCommand([...command]),
    async subscribe(channel, heard) {
      const subscriber = client.duplicate();
      subscriber.on("error", () => {});
      // Also when it is connected again; what was published meanwhile is not heard.
      subscriber.on("ready", heard);
      await subscriber.connect();
      await subscriber.subscribe(channel, heard);
      heard();
      return () => subscriber.destroy();
    },
  };
}
