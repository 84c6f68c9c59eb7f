import type { Notify } from "../contract/contract.ts";
import { type Logger, logTo } from "../runtime/logger.ts";

/** The listeners of `onWake`, for an adapter whose store is in this process. */
export type Listeners = Notify & {
  /** Calls all listeners. If one throws, that is logged and the others are still called. */
  wake(): void;
};

export function createListeners(log: Pick<Logger, "error"> = console): Listeners {
  const listeners = new Set<() => void>();
  return {
    onWake(listener) {
      // A new function per registration: the same listener may be registered twice.
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
