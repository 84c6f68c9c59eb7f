import type { Failure, JobRef, JobState } from "./contract.ts";
import type { Metadata } from "./codec.ts";
import type { Logger } from "./logger.ts";

/** What an event says of its job. */
export type EventJob = JobRef & {
  readonly name: string;
  readonly queue: string;
  readonly metadata: Metadata;
};

/** One attempt, as far as it went. Times are ms since the epoch by this process's clock. */
export type EventAttempt = { readonly attempt: number; readonly startedAt: number };

/** What this process did, told after the backend committed it. `at` is this process's clock. */
export type JobEvent = { readonly at: number } & (
  | { readonly type: "enqueued"; readonly job: EventJob }
  | { readonly type: "duplicate"; readonly job: EventJob; readonly state: JobState }
  /** A claim took over a lease that nobody settled: the worker before vanished. */
  | { readonly type: "stalled"; readonly job: EventJob; readonly attempt: number }
  | { readonly type: "started"; readonly job: EventJob; readonly attempt: number; readonly waitedMs: number }
  | ({ readonly type: "completed"; readonly job: EventJob } & EventAttempt)
  | ({
      readonly type: "failed";
      readonly job: EventJob;
      readonly failure: Failure;
      readonly retryInMs: number;
    } & EventAttempt)
  | ({ readonly type: "dead"; readonly job: EventJob; readonly failure: Failure } & EventAttempt)
  /** Given back without costing an attempt: the handler asked, the worker stops, or it does not know the job. */
  | ({ readonly type: "snoozed"; readonly job: EventJob; readonly delayMs: number } & EventAttempt)
  /** The result was not accepted: somebody else holds the job by now, or an operator cancelled or removed it. */
  | ({
      readonly type: "leaseLost";
      readonly job: EventJob;
      readonly reason: "taken" | "cancelled" | "expired";
    } & EventAttempt)
  | { readonly type: "cancelled" | "replayed"; readonly ref: JobRef }
  | { readonly type: "fired"; readonly schedule: string; readonly nominal: number; readonly id: string }
  /** A dead letter reached the end of its retention and is no more. */
  | { readonly type: "pruned"; readonly job: EventJob }
  /** A queue has as many abandoned runs as slots, and is not claimed from until one of them ends. */
  | { readonly type: "saturated"; readonly queue: string; readonly abandoned: number }
);

/** Hears every event. What it throws or rejects with is logged and harms no job. */
export type EventListener = (event: JobEvent) => unknown;

/** Undefined where nobody listens, so that nobody builds events for nothing. */
export type Emit = ((event: JobEvent) => void) | undefined;

export function emitter(listener: EventListener | undefined, log: Logger): Emit {
  if (listener === undefined) return undefined;
  const report = (error: unknown): void => {
    log.error("an event listener failed", { error });
  };
  return (event) => {
    try {
      const answer = listener(event);
      if (answer instanceof Promise) answer.catch(report);
    } catch (error) {
      report(error);
    }
  };
}
