import type { Platform } from "../runtime/platform.ts";

/** Wakes whoever waits for something to happen: a slot came free, the backend calls, the worker stops. */
export type Bell = {
  /** How often it rang so far: who compares it misses nothing that happens between looking and waiting. */
  readonly rings: number;
  ring(): void;
  /** Resolves when it rings next, or after `ms`. */
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
