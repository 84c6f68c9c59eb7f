import { type Metadata, metadataOf } from "../values/codec.ts";
import type { EnqueueAnswer, Failure, JobData, JobRef, JobState } from "../contract/contract.ts";
import { type Logger, logTo } from "../runtime/logger.ts";
import { type Stamps, systemStamps } from "../runtime/platform.ts";

/** What an event says of its job. */
export type EventJob = JobRef & {
  readonly name: string;
  readonly queue: string;
  readonly metadata: Metadata;
};

/** Names a job that an operator named: with what is known of it where it came from `get` or `list`. */
export type EventRef = JobRef & { readonly [K in "name" | "queue" | "metadata"]?: EventJob[K] | undefined };

/** One attempt, as far as it went. Times are ms since the epoch by this process's clock. */
export type EventAttempt = { readonly attempt: number; readonly startedAt: number };

/** What this process did, told after the backend committed it. `at` is this process's clock. */
export type JobEvent = { readonly at: number } & News;

type News =
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
      readonly delayMs: number;
    } & EventAttempt)
  | ({ readonly type: "dead"; readonly job: EventJob; readonly failure: Failure } & EventAttempt)
  /** Given back without costing an attempt: the handler asked, the worker stops, or it does not know the job. */
  | ({
      readonly type: "snoozed";
      readonly job: EventJob;
      readonly delayMs: number;
      /** None where it was only released. */
      readonly reason?: string | undefined;
    } & EventAttempt)
  /** The result was not accepted: somebody else holds the job by now, or an operator cancelled or removed it. */
  | ({
      readonly type: "leaseLost";
      readonly job: EventJob;
      readonly reason: "taken" | "cancelled" | "expired";
    } & EventAttempt)
  /** What an operator did, told by the queue that was asked to. */
  | { readonly type: "cancelled" | "replayed" | "ranNow" | "removed"; readonly ref: EventRef }
  /** The schedule's cursor moved, and this became of the occurrence's job: its id may have stood before. */
  | {
      readonly type: "fired";
      readonly schedule: string;
      readonly nominal: number;
      readonly id: string;
      readonly status: EnqueueAnswer["status"];
    }
  /** A dead letter reached the end of its retention and is no more. */
  | { readonly type: "pruned"; readonly job: EventJob }
  /** A queue has as many abandoned runs as slots, and is not claimed from until one of them ends. */
  | { readonly type: "saturated"; readonly queue: string; readonly abandoned: number };

/** Hears every event. What it throws or rejects with is logged and harms no job. */
export type EventListener = (event: JobEvent) => unknown;

/** Undefined where nobody listens, so that nobody builds events for nothing. */
export type Emit = ((news: Told<News>) => void) | undefined;

/** News as they are told here: with the job as the adapter has it, of which the event says only some. */
type Told<N> = N extends { readonly job: EventJob } ? Omit<N, "job"> & { readonly job: JobData } : N;

export function emitter(options: {
  readonly onEvent?: EventListener | undefined;
  readonly log?: Logger | undefined;
  readonly platform?: Stamps | undefined;
}): Emit {
  const { onEvent, log = console, platform = systemStamps } = options;
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

/** What became of a job that was handed to the backend, by itself, as a follow-up or as an occurrence. */
export function tellEnqueue(emit: Emit, job: JobData, answer: EnqueueAnswer): void {
  if (answer.status === "duplicate") emit?.({ type: "duplicate", job, state: answer.state });
  else if (answer.status !== "failed") emit?.({ type: "enqueued", job });
}

/** What an event says of a job: never its payload. */
function eventJob({ id, partition, name, queue, headers }: JobData): EventJob {
  return { id, partition, name, queue, metadata: metadataOf(headers) };
}
