import type { Platform } from "../runtime/platform.ts";

/** Wakes waiting code when something happens: a slot became free, the backend calls, the worker stops. */
export type Wakeup = {
  /** How often it has rung. Compare it before waiting, so that no ring is missed. */
  readonly count: number;
  notify(): void;
  /** Resolves at the next ring, or after `ms`. */
  wait(ms: number): Promise<void>;
};

export function createWakeup(platform: Platform): Wakeup {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    get count() {
      return count;
    },
    notify() {
      count++;
      for (const wake of waiting) wake();
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
