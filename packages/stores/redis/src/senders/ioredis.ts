import { type Check, mustBe } from "@longshore/core/adapter";
import type { Subscribe } from "../notify.ts";
import type { Send } from "../script.ts";

/** A client of ioredis, as far as it is used. */
export type IoredisClient = {
  call(command: string, args: string[]): PromiseLike<unknown>;
  duplicate(): IoredisSubscriber;
  readonly options?: { readonly keyPrefix?: string | undefined } | undefined;
};

type IoredisSubscriber = {
  subscribe(channel: string): PromiseLike<unknown>;
  on(event: "message" | "ready" | "error", listener: () => void): unknown;
  disconnect(): void;
};

const aClient: Check = mustBe("a client of ioredis, new Redis(url)", (value) => {
  const { call, duplicate } = Object(value) as Partial<IoredisClient>;
  return typeof call === "function" && typeof duplicate === "function";
});

/**
 * Sends through a client of ioredis, and listens with a connection of its own, for `redis`. The client stays yours to
 * close. Fails with `invalid_option`.
 *
 * ```ts
 * const jobs = redis({ ...ioredis(new Redis("redis://127.0.0.1:6379")) });
 * ```
 */
export function ioredis(client: IoredisClient): { readonly send: Send; readonly subscribe: Subscribe } {
  aClient(client, "client of ioredis");
  return {
    send: ([name = "", ...args]) => client.call(name, args),
    subscribe(channel, heard) {
      // It subscribes again by itself when its connection was lost; what was published meanwhile is not heard.
      const subscriber = client.duplicate();
      subscriber.on("message", heard);
      subscriber.on("ready", heard);
      // ioredis tries again for ever, and prints errors that nobody listens to.
      subscriber.on("error", () => {});
      // ioredis puts its prefix before keys and not before channels; a script has it in the name that it is given as a key.
      const { keyPrefix = "" } = client.options ?? {};
      Promise.resolve(subscriber.subscribe(keyPrefix + channel)).then(heard, () => {});
      return () => subscriber.disconnect();
    },
  };
}
