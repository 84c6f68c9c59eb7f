import type { Logger } from "@longshore/core";
import { type SharedListeners, createSharedListeners } from "@longshore/core/adapter";

/**
 * Subscribes to a channel, mostly with a connection of its own, and calls `heard` for each message, and whenever it
 * subscribes again after a loss. Returns, or resolves to, a function that ends it.
 */
export type Subscribe = (channel: string, heard: () => void) => Stop | PromiseLike<Stop>;
type Stop = () => unknown;

/** Listens to other processes while anybody listens here. */
export function createNotifications(
  subscribe: Subscribe | undefined,
  channel: string,
  log: Pick<Logger, "error" | "warn">,
): SharedListeners {
  return createSharedListeners(subscribe && (async (wake) => subscribe(channel, wake)), "Redis", log);
}
