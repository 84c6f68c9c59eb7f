import type { Platform } from "../runtime/platform.ts";

/** Wakes waiting code when something happens: a slot became free, the backend calls, the worker stops. */
export type Bell = {
  /** How often it has rung. Compare it before waiting, so that no ring is missed. */
  readonly rings: number;
  ring(): void;
  /** Resolves at the next ring, or after `ms`. */
  wait(ms: number): Promise<void>;
};

export function createBell(platform: Platform): Bell {
  let rings = 0;
  const waiting = new Set<() => void>();
  return {
    get rings() {
      return rings;
    },
    ring() {
      rings++;
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
