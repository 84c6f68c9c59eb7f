import type { Logger } from "@longshore/core";
import { type Notify, createListeners, logTo } from "@longshore/core/adapter";

/**
 * Subscribes to a channel, mostly with a connection of its own, and calls `heard` for each message, and whenever it
 * subscribes again after a loss. Returns, or resolves to, a function that ends it.
 */
export type Subscribe = (channel: string, heard: () => void) => Stop | PromiseLike<Stop>;
type Stop = () => unknown;

export type Notifications = Notify & {
  /** Calls the listeners of this process. */
  wake(): void;
  close(): Promise<void>;
};

/** Listens to other processes while anybody listens here. */
export function createNotifications(
  subscribe: Subscribe | undefined,
  channel: string,
  log: Pick<Logger, "error" | "warn">,
): Notifications {
  const { wake, onWake } = createListeners(log);
  let listeners = 0;
  let stopping: Promise<Stop | undefined> | undefined;

  const start = (): void => {
    if (subscribe === undefined || stopping !== undefined) return;
    stopping = (async () => subscribe(channel, wake))().catch((error: unknown) => {
      logTo(log, "warn", "Redis could not be listened to; workers find new jobs when they poll", { error });
      stopping = undefined;
      return undefined;
    });
  };
  let stopped: Promise<void> = Promise.resolve();
  const stop = (): Promise<void> => {
    const started = stopping;
    stopping = undefined;
    stopped = stopped
      .then(async () => {
        const end = await started;
        await end?.();
      })
      .catch((error: unknown) => logTo(log, "warn", "listening to Redis did not end", { error }));
    return stopped;
  };

  return {
    wake,
    onWake(listener) {
      const forget = onWake(listener);
      let heard = true;
      listeners++;
      start();
      return () => {
        forget();
        if (!heard) return;
        heard = false;
        if (--listeners === 0) void stop();
      };
    },
    close: stop,
  };
}
