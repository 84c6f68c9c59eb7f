import type { Platform } from "../runtime/platform.ts";

/** Sees to it that jobs that end at once, one after the other, leave everything else in the process a turn. */
export type Turns = {
  /** For so long, or so many times asked, there was none. */
  due(): boolean;
  take(): Promise<void>;
};

/** Long enough to cost next to nothing, and short enough for whoever waits for a timer, a signal or a request. */
const EVERY_MS = 10;
/** In a Worker the clock stands still until something comes from outside. */
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
