import { type Logger, logTo } from "../runtime/logger.ts";
import { type Listeners, createListeners } from "./wake-listeners.ts";

/** Calls `wake` when another process has new jobs, and whenever it listens again after a loss; resolves to what ends it. */
type Listening = (wake: () => void) => Promise<() => unknown>;

export type SharedListeners = Listeners & { close(): Promise<void> };

/** The listeners of `onWake`, for an adapter whose store is elsewhere: it listens there while anybody listens here. */
export function createSharedListeners(
  listen: Listening | undefined,
  /** The name of the server, for warnings. */
  server: string,
  log: Pick<Logger, "error" | "warn">,
): SharedListeners {
  const { wake, onWake } = createListeners(log);
  let listeners = 0;
  let listening: Promise<(() => unknown) | undefined> | undefined;
  let stopped: Promise<void> = Promise.resolve();
  let isClosed = false;

  const start = (): void => {
    if (listen === undefined || listening !== undefined || isClosed) return;
    listening = listen(wake).catch((error: unknown) => {
      logTo(log, "warn", `${server} could not be listened to; workers find new jobs when they poll`, { error });
      listening = undefined;
      return undefined;
    });
  };
  const stop = (): Promise<void> => {
    const started = listening;
    listening = undefined;
    stopped = stopped
      .then(async () => void (await (await started)?.()))
      .catch((error: unknown) => logTo(log, "warn", `listening to ${server} did not end`, { error }));
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
    close() {
      isClosed = true;
      return stop();
    },
  };
}
