import { systemPlatform } from "@longshore/core";

/** Waits, but not past the end of the signal. */
export function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const stop = systemPlatform.timer(ms, end);
    function end(): void {
      stop();
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end);
  });
}
