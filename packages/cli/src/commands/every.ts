import { systemPlatform } from "@longshore/core";
import type { Context } from "../command.ts";
import { EXIT, exitCodeOf, messageOf } from "../exit.ts";

export type EveryOptions = { readonly every: number; readonly count?: number | undefined };

/**
 * Looks again and again, until it is interrupted or has looked so often. After the first look one that fails is told and
 * not the end: a server that is watched may restart.
 */
export async function lookEvery(
  { output, signal }: Pick<Context, "output" | "signal">,
  { every, count = Infinity }: EveryOptions,
  look: () => Promise<void>,
): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      await look();
    } catch (error) {
      if (n === 1 || n >= count || exitCodeOf(error) !== EXIT.failed) throw error;
      output.note(`${messageOf(error)} Looking again.`);
    }
    if (n >= count) return;
    await pauseFor(every, signal);
    if (signal.aborted) return;
  }
}

/** Waits, but not past the end of the signal. */
function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
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
