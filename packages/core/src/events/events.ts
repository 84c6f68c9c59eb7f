import { type Metadata, metadataOf } from "../values/headers.ts";
import type { EnqueueAnswer } from "../contract/enqueue.ts";
import type { Failure, JobData, JobRef, JobState } from "../contract/job.ts";
import { type Logger, logTo } from "../runtime/logger.ts";
import { type ClockAndIds, systemClockAndIds } from "../runtime/platform.ts";

/** The part of a job that events carry. */
export type EventJob = JobRef & {
  readonly name: string;
  readonly queue: string;
  readonly metadata: Metadata;
};

/**
 * The job of an operator's verb. It has name, queue and metadata if the verb was given a `Job` from `get` or `list`.
 */
export type EventRef = JobRef & { readonly [K in "name" | "queue" | "metadata"]?: EventJob[K] | undefined };

/** An attempt that has ended. `startedAt` is in ms since the epoch, by this process's clock. */
export type EventAttempt = { readonly attempt: number; readonly startedAt: number };

/**
 * What this process did, reported after the backend committed it. `at` is in ms since the epoch, by this process's
 * clock.
 */
export type JobEvent = { readonly at: number } & EventBody;

type EventBody =
  | { readonly type: "enqueued"; readonly job: EventJob }
  | { readonly type: "duplicate"; readonly job: EventJob; readonly state: JobState }
  /** A job that waited got the data of a later enqueue with its key. */
  | { readonly type: "replaced"; readonly job: EventJob }
  /** A claim found a job that had not begun in time (`startWithin`): it is cancelled, and was not run. */
  | { readonly type: "expired"; readonly job: EventJob }
  /** A claim took over a lease that had run out: the previous worker vanished. */
  | { readonly type: "stalled"; readonly job: EventJob; readonly attempt: number }
  | { readonly type: "started"; readonly job: EventJob; readonly attempt: number; readonly waitedMs: number }
  | ({ readonly type: "completed"; readonly job: EventJob } & EventAttempt)
  | ({
      readonly type: "failed";
      readonly job: EventJob;
      readonly failure: Failure;
      readonly delayMs: number;
    } & EventAttempt)
  | ({ readonly type: "dead"; readonly job: EventJob; readonly failure: Failure } & EventAttempt)
  /** Given back without costing an attempt: the handler asked for it, the worker stops, or cannot run the job. */
  | ({
      readonly type: "snoozed";
      readonly job: EventJob;
      readonly delayMs: number;
      /** Undefined if it was only released. */
      readonly reason?: string | undefined;
    } & EventAttempt)
  /** The result was refused: another worker holds the job, or an operator cancelled or removed it. */
  | ({
      readonly type: "leaseLost";
      readonly job: EventJob;
      readonly reason: "taken" | "cancelled" | "expired";
    } & EventAttempt)
  /** An operator's action, reported by the queue on which it was called. */
  | { readonly type: "cancelled" | "replayed" | "ranNow" | "removed" | "updated"; readonly ref: EventRef }
  /** The schedule's cursor moved. `status` is the answer to the enqueue: the job's id may have existed before. */
  | {
      readonly type: "fired";
      readonly schedule: string;
      readonly nominal: number;
      readonly id: string;
      readonly status: EnqueueAnswer["status"];
    }
  /** A dead letter was removed at the end of its retention. */
  | { readonly type: "pruned"; readonly job: EventJob }
  /** A queue has as many abandoned runs as slots; the worker claims from it again when one of them ends. */
  | { readonly type: "saturated"; readonly queue: string; readonly abandoned: number };

/** Receives every event. If it throws or rejects, that is logged and affects no job. */
export type EventListener = (event: JobEvent) => unknown;

/** Undefined without a listener, so that no events are built. */
export type Emit = ((news: WithStoredJob<EventBody>) => void) | undefined;

/** An event before it is emitted, with the adapter's whole job. */
type WithStoredJob<N> = N extends { readonly job: EventJob } ? Omit<N, "job"> & { readonly job: JobData } : N;

export function emitter(options: {
  readonly onEvent?: EventListener | undefined;
  readonly log?: Logger | undefined;
  readonly platform?: ClockAndIds | undefined;
}): Emit {
  const { onEvent, log = console, platform = systemClockAndIds } = options;
  return (
    onEvent &&
    (async (news) => {
      try {
        const event = { ...news, at: platform.now(), ...("job" in news && { job: eventJob(news.job) }) };
        await onEvent(event as JobEvent); // built as its type says
      } catch (error) {
        logTo(log, "error", "an event listener failed", { error });
      }
    })
  );
}

/** Emits the backend's answer to an enqueue, a follow-up or an occurrence. */
export function emitEnqueue(emit: Emit, job: JobData, answer: EnqueueAnswer): void {
  const { status } = answer;
  if (status === "failed") return;
  const standing = "id" in answer && answer.id !== undefined ? { ...job, id: answer.id } : job;
  if (status === "duplicate") emit?.({ type: status, job: standing, state: answer.state });
  // One that waits behind another is new, or was replaced: its id tells.
  else if (status === "replaced" || standing.id !== job.id) emit?.({ type: "replaced", job: standing });
  else emit?.({ type: "enqueued", job });
}

/** The part of a job that events carry, without its payload. */
function eventJob({ id, partition, name, queue, headers }: JobData): EventJob {
  return { id, partition, name, queue, metadata: metadataOf(headers) };
}
