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
  /** Rings when a job was settled, a slot became free, the backend calls, or the worker stops. */
  readonly wakeup: Wakeup;
};
