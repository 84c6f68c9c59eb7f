import type { Notify } from "../contract/contract.ts";
import { type Logger, logTo } from "../runtime/logger.ts";

/** Those who want to hear that something became due; for an adapter whose store is in this process. */
export type Listeners = Notify & {
  /** Calls all of them. One that throws is logged, and spoils nothing. */
  wake(): void;
};

export function createListeners(log: Pick<Logger, "error"> = console): Listeners {
  const listeners = new Set<() => void>();
  return {
    onWake(listener) {
      // By registration: the same function may be registered twice.
      const heard = (): void => listener();
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
    wake() {
      for (const listener of listeners) {
        try {
          listener();
        } catch (error) {
          logTo(log, "error", "a listener of onWake failed", { error });
        }
      }
    },
  };
}
