import type { Logger } from "@longshore/core";
import { logTo } from "@longshore/core/adapter";

/** A dispatch that takes longer than this counts as dead: a runtime may end a request and its promises. */
const PRESUMED_DEAD_MS = 10_000;

/**
 * Dispatches in the background, one dispatch at a time. A call during a dispatch makes it look once more, and never
 * waits for its promise, because that may belong to another request. Never throws; failures are logged.
 */
export function createBackgroundDispatch(
  dispatch: () => Promise<unknown>,
  background: (work: Promise<unknown>) => void,
  clock: () => number,
  log: Pick<Logger, "error">,
): () => void {
  let busyUntil = -Infinity;
  let asked = false;

  const report = (error: unknown): void =>
    logTo(log, "error", "a dispatch failed, and the next one makes up for it", { error });
  const work = async (): Promise<void> => {
    try {
      do {
        asked = false;
        busyUntil = clock() + PRESUMED_DEAD_MS;
        await dispatch();
      } while (asked);
    } catch (error) {
      report(error);
    } finally {
      busyUntil = -Infinity;
    }
  };
  return () => {
    asked = true;
    if (clock() < busyUntil) return;
    try {
      background(work());
    } catch (error) {
      report(error);
    }
  };
}
