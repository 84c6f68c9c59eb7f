import type { Platform } from "@longshore/core";
import { type Activity, createActivity } from "./activity.ts";
import { turn } from "./event-loop.ts";
import { seeded } from "./random.ts";
import { virtualTime } from "./virtual-time.ts";

/** Time that only the test moves, and that stands still while something is under way. */
export type TestClock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Time, timers, ids and chance for queues and workers. */
  readonly platform: Platform;
  readonly activity: Activity;
  /**
   * Waits for a promise. Where only a timer can bring it further, such as the pause after a failure of the store, the
   * clock moves to that timer, if it is not after `until`. Resolves with whether the promise has settled.
   */
  settle(promise: Promise<unknown>, until: number, except: ReadonlySet<object>): Promise<boolean>;
  /** Moves the clock to an instant, or to the first timer before it. What is due then fires, one after the other. */
  moveTo(at: number, except: ReadonlySet<object>): Promise<void>;
};

export function createTestClock(startAt: number, waitsLong?: Parameters<typeof createActivity>[1]): TestClock {
  const time = virtualTime(startAt);
  const activity = createActivity(time.timer, waitsLong);
  let ids = 0;
  const fireDue = (at: number): boolean => time.nextAt() <= at && time.fireNext();

  return {
    now: time.now,
    activity,
    platform: {
      now: time.now,
      // Starts at another value than the time of day, so that mixing up the two is noticed.
      monotonic: () => time.now() - startAt,
      turn: () => activity.during(activity, turn),
      timer: activity.timer,
      random: seeded(1),
      id: () => `job-${String(++ids).padStart(6, "0")}`,
    },
    async settle(promise, until, except) {
      let settled = false;
      const mark = (): void => {
        settled = true;
      };
      promise.then(mark, mark);
      for (;;) {
        await activity.over(except);
        if (settled || !fireDue(until)) return settled;
      }
    },
    async moveTo(at, except) {
      time.moveTo(at);
      while (fireDue(time.now())) await activity.over(except);
    },
  };
}
