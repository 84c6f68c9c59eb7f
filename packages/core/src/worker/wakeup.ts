import type { Platform } from "../runtime/platform.ts";

/** Wakes waiting code when something happens. */
export type Wakeup = {
  /** How often it was notified. Compare it before waiting, so that no call is missed. */
  readonly count: number;
  notify(): void;
  /** Resolves at the next `notify`, or after `ms`. */
  wait(ms: number): Promise<void>;
};

/** `also`: is notified with it. */
export function createWakeup(platform: Platform, also?: Wakeup): Wakeup {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    get count() {
      return count;
    },
    notify() {
      count++;
      for (const wake of waiting) wake();
      also?.notify();
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const wake = (): void => {
          stopTimer?.();
          waiting.delete(wake);
          resolve();
        };
        const stopTimer = ms === Infinity ? undefined : platform.timer(ms, wake);
        waiting.add(wake);
      }),
  };
}
