import type { Platform } from "../runtime/platform.ts";

/** Yields to the event loop, so that a series of jobs that end at once does not block the process. */
export type Yielder = {
  /** True if the last turn was `EVERY_MS`, or `EVERY_TIMES` calls, ago. */
  due(): boolean;
  yieldNow(): Promise<void>;
};

/**
 * Short enough for timers, signals and requests that wait. Yielding itself costs almost nothing; over a large heap it
 * lets V8's collector run, which would otherwise wait for the end of the series (docs/decisions/0023).
 */
const EVERY_MS = 10;
/** In a Cloudflare Worker the clock stands still until I/O happens, so calls are counted, too. */
const EVERY_TIMES = 1_000;

export function createYielder(platform: Platform): Yielder {
  let tookAt = platform.monotonic();
  let times = 0;
  return {
    due: () => ++times >= EVERY_TIMES || platform.monotonic() - tookAt >= EVERY_MS,
    async yieldNow() {
      await platform.turn();
      tookAt = platform.monotonic();
      times = 0;
    },
  };
}
