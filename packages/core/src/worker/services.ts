import type { Backend } from "./backend.ts";
import type { Bell } from "./bell.ts";
import type { Emit } from "../events/events.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Platform } from "../runtime/platform.ts";

/** What all parts of one worker share: its backend and all that it tells. */
export type Services = {
  readonly backend: Backend;
  readonly platform: Platform;
  readonly log: Logger;
  /** Says of each attempt that failed. */
  readonly logFailures: boolean;
  readonly emit: Emit;
  /** Rings when a job was settled, a slot came free, the backend calls, or the worker stops. */
  readonly bell: Bell;
};
