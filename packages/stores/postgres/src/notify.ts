import type { Logger } from "@longshore/core";
import { type Notify, createListeners, logTo } from "@longshore/core/adapter";

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

export type Notifications = Notify & {
  /** Calls the listeners of this process. */
  wake(): void;
  close(): Promise<void>;
};

/** Listens to other processes while anybody listens here. */
export function createNotifications(
  listen: Listen | undefined,
  channel: string,
  /** What this store's own notifications say: it knows already. */
  bell: string,
  log: Pick<Logger, "error" | "warn">,
): Notifications {
  const { wake, onWake } = createListeners(log);
  let listeners = 0;
  let stopping: Promise<Stop | undefined> | undefined;

  const start = (): void => {
    if (listen === undefined || stopping !== undefined) return;
    stopping = (async () => listen(channel, (payload) => payload === bell || wake()))().catch((error: unknown) => {
      logTo(log, "warn", "Postgres could not be listened to; workers find new jobs when they poll", { error });
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
        await (typeof end === "function" ? end() : end?.unlisten());
      })
      .catch((error: unknown) => logTo(log, "warn", "listening to Postgres did not end", { error }));
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
