import type { Backend } from "./backend.ts";
import type { Wakeup } from "./wakeup.ts";
import type { Emit } from "../events/events.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Platform } from "../runtime/platform.ts";

/** What all parts of one worker share. */
export type Services = {
  readonly backend: Backend;
  readonly platform: Platform;
  readonly log: Logger;
  readonly logFailures: boolean;
  readonly emit: Emit;
  /**
   * There may be a job to claim: a slot became free, a settlement made a job due later, the backend calls, or the worker
   * stops.
   */
  readonly work: Wakeup;
  /** All of that, and every settlement. */
  readonly progress: Wakeup;
};
