import type { Logger } from "@longshore/core";
import { type Listeners, createListeners, logTo } from "@longshore/core/adapter";
import { type Server, requestHeaders } from "./call.ts";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
/** The server ends a stream after 25 s. One that lasts longer is dead, and nobody has told us. */
const DEAD_AFTER_MS = 40_000;

/**
 * Wake-ups over one stream for all listeners, open while there is any. Between two streams a wake-up would be missed, so
 * each new one rings once; and so does a stream that cannot be opened, because calls may get through where it does not.
 * The log is told of the first stream that cannot be opened, and not again until one is.
 */
export function wakeStream(server: Server, log: Pick<Logger, "warn">): Pick<Listeners, "onWake"> {
  const listeners = createListeners();
  let listening = 0;
  let close = (): void => {};
  return {
    onWake(listener) {
      const forget = listeners.onWake(listener);
      if (listening++ === 0) close = keepOpen(server, log, listeners.wake);
      let stopped = false;
      return () => {
        if (stopped) return;
        stopped = true;
        forget();
        if (--listening === 0) close();
      };
    },
  };
}

function keepOpen(server: Server, log: Pick<Logger, "warn">, ring: () => void): () => void {
  const closed = new AbortController();
  const run = async (): Promise<void> => {
    let told = false;
    for (let failures = 0; !closed.signal.aborted;) {
      let isOpen = false;
      const opened = (): void => {
        isOpen = true;
        told = false;
      };
      try {
        await listen(server, closed.signal, opened, ring);
        failures = 0;
      } catch (error) {
        if (closed.signal.aborted) return;
        ring();
        // One that broke is mostly open again at once.
        if (!isOpen && !told)
          logTo(log, "warn", "the server's wake-ups are not heard; workers find new jobs when they poll", { error });
        told ||= !isOpen;
        await pause(server, Math.min(FIRST_WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS), closed.signal);
      }
    }
  };
  void run();
  return () => closed.abort();
}

/** Listens on one stream until the server ends it. Rejects if it cannot be opened, or breaks. */
async function listen(server: Server, closed: AbortSignal, opened: () => void, ring: () => void): Promise<void> {
  const end = new AbortController();
  const abort = (): void => end.abort();
  closed.addEventListener("abort", abort);
  const stop = server.platform.timer(DEAD_AFTER_MS, abort);
  try {
    const headers = { accept: "text/event-stream", ...(await requestHeaders(server)) };
    const response = await server.fetch(`${server.url}/onWake`, { headers, signal: end.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`The server answered onWake with the status ${response.status}.`);
    }
    const reader = response.body.getReader();
    if (closed.aborted) return void (await reader.cancel());
    opened();
    ring();
    const decoder = new TextDecoder();
    // A line may come in pieces; all lines mean the same, so the rest of one is all that must be kept.
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop()?.slice(0, 100) ?? "";
      if (!closed.aborted && lines.some((line) => line.startsWith("data:"))) ring();
    }
  } finally {
    stop();
    closed.removeEventListener("abort", abort);
  }
}

/** Ends early when the listeners are gone, so that nothing keeps the process. */
function pause({ platform }: Server, ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      closed.removeEventListener("abort", end);
      resolve();
    };
    const stop = platform.timer(ms * (0.5 + platform.random() / 2), end);
    closed.addEventListener("abort", end);
  });
}
