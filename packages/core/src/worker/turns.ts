import type { Platform } from "../runtime/platform.ts";

/** Yields to the event loop, so that a series of jobs that end at once does not block the process. */
export type Turns = {
  /** True if the last turn was `EVERY_MS` or `EVERY_TIMES` calls ago. */
  due(): boolean;
  take(): Promise<void>;
};

/**
 * Short enough for timers, signals and requests that wait. The turns themselves cost almost nothing; over a large heap they
 * let V8's collector run, which would otherwise wait for the end of the series (docs/decisions/0023).
 */
const EVERY_MS = 10;
/** In a Cloudflare Worker the clock stands still until I/O happens, so calls are counted, too. */
const EVERY_TIMES = 1_000;

export function createTurns(platform: Platform): Turns {
  let tookAt = platform.monotonic();
  let times = 0;
  return {
    due: () => ++times >= EVERY_TIMES || platform.monotonic() - tookAt >= EVERY_MS,
    async take() {
      await platform.turn();
      tookAt = platform.monotonic();
      times = 0;
    },
  };
}
