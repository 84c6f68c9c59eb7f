import { type Check, mustBe } from "@longshore/core/adapter";
import type { Subscribe } from "../notify.ts";
import type { Send } from "../script.ts";

/** A client of Valkey GLIDE (the package `@valkey/valkey-glide`), of one server or of a cluster, as far as it is used. */
export type GlideClient = {
  customCommand(command: string[]): PromiseLike<unknown>;
  subscribe(channels: string[], timeoutMs: number): PromiseLike<unknown>;
  unsubscribeLazy(channels: string[]): PromiseLike<unknown>;
  getPubSubMessage(): PromiseLike<unknown>;
  close(): void;
};

/** With RESP2 no subscription is ever confirmed. */
const SUBSCRIBED_WITHIN_MS = 5_000;

const aClient: Check = mustBe(
  "a client of @valkey/valkey-glide (await what createClient() returns)",
  (value) => typeof Object(value).customCommand === "function",
);

/**
 * Sends through a client of Valkey GLIDE, for `redis`, and listens with one more, which `open` makes: there is no other
 * way to a second connection. Without `open` it does not listen. It needs RESP3, which is GLIDE's default. The first
 * client stays yours to close. Fails with `invalid_option`.
 *
 * Give the clients a `requestTimeout` of seconds: GLIDE's default, 250 ms, gives up claims that the server has made.
 *
 * ```ts
 * const open = () => GlideClient.createClient({ addresses: [{ host: "127.0.0.1" }], requestTimeout: 10_000 });
 * const jobs = redis({ ...glide(await open(), open) });
 * ```
 */
export function glide(
  client: Pick<GlideClient, "customCommand">,
  open?: () => PromiseLike<GlideClient>,
): { readonly send: Send; readonly subscribe?: Subscribe } {
  aClient(client, "client of glide");
  const send: Send = (command) => client.customCommand([...command]);
  if (open === undefined) return { send };
  return {
    send,
    async subscribe(channel, heard) {
      const subscriber = await open();
      try {
        await subscriber.subscribe([channel], SUBSCRIBED_WITHIN_MS);
      } catch (error) {
        subscriber.close();
        throw error;
      }
      heard();
      void listen(subscriber, heard);
      return async () => {
        // Or it tries to subscribe once more, and logs that it cannot.
        await Promise.resolve(subscriber.unsubscribeLazy([channel])).catch(() => {});
        subscriber.close();
      };
    },
  };
}

/** It subscribes again by itself when its connection was lost, and says nothing: what was published is not heard. */
async function listen(subscriber: GlideClient, heard: () => void): Promise<void> {
  try {
    for (;;) {
      await subscriber.getPubSubMessage();
      heard();
    }
  } catch {
    // It is closed.
  }
}
