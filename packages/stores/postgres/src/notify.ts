import type { Logger } from "@longshore/core";
import { type SharedListeners, createSharedListeners } from "@longshore/core/adapter";

/**
 * Listens on a channel with a connection of its own, and calls `heard` for each notification, with its payload if it can,
 * and without one whenever it listens again after a loss. Returns, or resolves to, a function that stops it.
 */
export type Listen = (channel: string, heard: (payload?: string | undefined) => void) => Stop | PromiseLike<Stop>;
type Stop = (() => unknown) | { unlisten(): unknown };

/** The channel of NOTIFY: the name of the schema. */
export function channelOf(schema: string): string {
  return schema.replaceAll('"', "");
}

/** Listens to other processes while anybody listens here. */
export function createNotifications(
  listen: Listen | undefined,
  channel: string,
  /** What this store's own notifications say: it knows already. */
  bell: string,
  log: Pick<Logger, "error" | "warn">,
): SharedListeners {
  const listening =
    listen &&
    (async (wake: () => void) => {
      const stop = await listen(channel, (payload) => payload === bell || wake());
      return typeof stop === "function" ? stop : () => stop?.unlisten();
    });
  return createSharedListeners(listening, "Postgres", log);
}
