import type { Adapter, Enqueue } from "../contract/contract.ts";
import type { FailureRecord, JobRef, JobState } from "../contract/job.ts";
import type {
  Control,
  ControlAnswer,
  Depth,
  Inspect,
  Keys,
  ListRequest,
  PauseFor,
  QueueCounts,
  Update,
} from "../contract/operating.ts";
import type { ListSchedules, ScheduleListRequest, SchedulePage } from "../contract/scheduling.ts";
import type { Duration } from "../values/duration.ts";
import type { Metadata } from "../values/headers.ts";
import type { EventRef } from "../events/events.ts";
import type { AnyDefinition, JobOptions, JobRequest, ResultOf } from "./definition.ts";
import type { Feature } from "./features.ts";
import type { Changes } from "./change.ts";
import type { QueueDefinition } from "./concurrency.ts";
import type { FeaturesOf, Granted, Lacking } from "./request.ts";
import type { InputOf, OutputOf } from "../values/schema.ts";

/**
 * The answer to one enqueue, with the id of the job that stands. A `duplicate` of a dead or cancelled job will not run:
 * check `state`. With a unique key also `replaced`: the job that waits has the new input; `queued_behind`: a job with the
 * new input starts when the one that runs has ended.
 */
export type Enqueued = JobRef &
  (
    | { readonly status: "created" | "sent" | "replaced" | "queued_behind" }
    | { readonly status: "duplicate"; readonly state: JobState }
  );
/**
 * The answer for one of several jobs. `failed`: the backend refused it, `message` says why; try again with the id. `full`:
 * its queue has as many jobs as it allows.
 */
export type EnqueuedOrFailed =
  | Enqueued
  | (JobRef & { readonly status: "failed"; readonly message: string; readonly reason?: "full" | undefined });

/**
 * A job's id, with its partition if that is not the id. A `Job` fits, too: events then have its name, queue and
 * metadata, and those for many know what comes after what. Only id and partition are sent.
 */
export type Ref = string | (EventRef & { readonly after?: readonly string[] | undefined });

/** A job as the backend has it. Times are ms since the epoch by the backend's clock. */
export type Job<Input = unknown, Result = unknown> = JobRef & {
  readonly name: string;
  readonly queue: string;
  readonly state: JobState;
  readonly priority: number;
  readonly attempt: number;
  /** `undefined` at run time if the stored text is not JSON, because something else wrote it. */
  readonly input: Input;
  readonly result: Result | undefined;
  readonly metadata: Metadata;
  readonly enqueuedAt: number;
  readonly dueAt: number;
  /** Why it is not running, if the backend knows: its queue gives out no jobs, or the reason of its snooze. */
  readonly waitsFor?: string | undefined;
  readonly uniqueKey?: string | undefined;
  /** The ids of the jobs that it comes after. */
  readonly after?: readonly string[] | undefined;
  /** The first failure and the last nine. */
  readonly failures: readonly FailureRecord[];
};

/**
 * The methods of every queue. `Granted<A>[Feature]`, because compile errors would show the name `FeaturesOf` instead of
 * the text.
 */
export type Producer<A extends Enqueue> = {
  /**
   * Checks the input and sends the job to the backend. Resolves when the backend has acknowledged it. Fails with
   * `invalid_payload`, `invalid_id`, `invalid_option`, `payload_too_large` or `delay_too_long`: nothing was sent. Or
   * with `queue_full`: the queue has as many jobs as its `maxDepth` allows, and nothing was written. Or
   * with `enqueue_failed`: the backend refused the job, or may have it. Repeat the call with the id in the error's
   * `ids` and it makes no second job; on a backend without ids it may. It has no deadline of its own: how long it waits for
   * a backend that does not answer is for the adapter's client to say.
   */
  enqueue<D extends AnyDefinition<Granted<A>[Feature]>>(
    definition: D,
    input: InputOf<D["input"]>,
    options?: OptionsOn<A>,
  ): Promise<Enqueued>;
  /**
   * Enqueues up to 1 000 jobs; all are checked before any is sent. `answers[i]` answers `requests[i]`; a `failed` one
   * was not enqueued. Fails as `enqueue` does; the `ids` of an `enqueue_failed` are those of all requests, in order.
   */
  enqueueMany(requests: readonly JobRequest<Granted<A>[Feature]>[]): Promise<readonly EnqueuedOrFailed[]>;
};

/** The options of an enqueue on this adapter. The type of a missing feature is a text that says why. */
type OptionsOn<A extends Enqueue> = Omit<JobOptions, Exclude<Feature, FeaturesOf<A>>> & {
  readonly [F in Exclude<Feature & keyof JobOptions, FeaturesOf<A>>]?: Lacking[F];
};

/** Methods for adapters that keep state. Each also fails with `backend_failed`. */
export type Inspection = {
  /**
   * Returns a job. Pass its definition to get typed input and result; fails with `wrong_definition` if it has another
   * one.
   */
  get(ref: Ref): Promise<Job | undefined>;
  get<D extends AnyDefinition>(ref: Ref, definition: D): Promise<Job<OutputOf<D["input"]>, ResultOf<D>> | undefined>;
  /**
   * Returns a page of jobs, ordered by id, or `descending`; `{ state: "dead" }` lists the dead letters, and `state` may
   * be a list. Ids that the library makes begin with the time, so the newest come last. `limit` is at most 1 000, by
   * default 100. A page of large jobs may be shorter: only a page without a cursor is the last. A cursor stays valid
   * when jobs come and go; pass the same request with it. Fails with `invalid_cursor`, `invalid_name` or `invalid_option`.
   */
  list(request?: Partial<ListRequest>): Promise<{ readonly jobs: readonly Job[]; readonly cursor?: string }>;
  /** The number of jobs by queue and state; states without jobs may be missing. */
  counts(): Promise<readonly QueueCounts[]>;
};

/**
 * Operators' verbs. Each answers `done`, `refused` with the state that does not allow it, or `gone` if there is no such
 * job; `done` emits an event. Those for many take at most 1 000 jobs, each by itself; `answers[i]` answers `refs[i]`. Of a
 * `Job` they know what it comes after: parents are replayed before their children, and cancelled and removed after them.
 * Fails with `invalid_id` or `batch_too_large`; after a `backend_failed` the call may be repeated.
 */
export type Operations = {
  /**
   * Ends a job that has not ended. A running one is fenced, and its signal aborts at the next renewal. Its id stays
   * taken for the definition's `keep`, and if it was running, at least for the rest of its lease.
   */
  cancel(ref: Ref): Promise<ControlAnswer>;
  cancelMany(refs: readonly Ref[]): Promise<readonly ControlAnswer[]>;
  /** Gives a dead or cancelled job a new life under its id: attempts and age from zero, failures kept. */
  replay(ref: Ref): Promise<ControlAnswer>;
  replayMany(refs: readonly Ref[]): Promise<readonly ControlAnswer[]>;
  /** Makes a job that waits for its delay or its retry due now. */
  runNow(ref: Ref): Promise<ControlAnswer>;
  runNowMany(refs: readonly Ref[]): Promise<readonly ControlAnswer[]>;
  /** Deletes a job that is not running; its id is free again. */
  remove(ref: Ref): Promise<ControlAnswer>;
  removeMany(refs: readonly Ref[]): Promise<readonly ControlAnswer[]>;
  /** Stops claims from a queue. Running jobs continue, new ones wait. */
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
};

/** Methods for stores with unique keys. */
export type Uniqueness = {
  /**
   * Frees the key that the definition derives from this input: the next enqueue makes a job. The job that held it goes
   * on; one that waits behind it may start at once. Answers `free` if no job held it. Fails with `invalid_option` or
   * `invalid_payload`.
   */
  release<D extends AnyDefinition>(
    definition: D,
    input: InputOf<D["input"]>,
    options?: { readonly partition?: string | undefined },
  ): Promise<"released" | "free">;
};

/** The method of stores that can change what waits. */
export type Updating = {
  /**
   * Changes a job that has not begun: its input, when it is due, its priority. What is left out stays, and so do its id,
   * partition, queue, unique key and limits, whatever they are derived from. Answers `refused` with the state of a job
   * that runs, may still run (`stalled`) or has ended, `gone` if there is no such job of this definition. The last of
   * several calls wins. Fails as `enqueue` does, but never with `enqueue_failed`.
   *
   * ```ts
   * await queue.update(reminder, "reminder:42", { input: { text: "moved" }, delay: "1d" });
   * ```
   */
  update<D extends AnyDefinition>(
    definition: D,
    ref: Ref,
    changes: Changes<InputOf<D["input"]>>,
  ): Promise<ControlAnswer>;
};

/** The method of stores that know their schedules. */
export type ScheduleListing = {
  /**
   * Returns a page of the schedules that any worker has declared, ordered by name: the rule's text, `nextAt`, and
   * `cursor`, the last nominal time handled, or when the schedule was first declared. Compare times with the page's `now`:
   * a `nextAt` long past means that no worker with this rule runs. Rules that the code has no more stay listed. For the
   * next page pass `after` of this one; only a page without it is the last. `limit` is at most 1 000, by default 100; a
   * page may be shorter. Fails with `invalid_option` or `invalid_name`.
   */
  listSchedules(request?: Partial<ScheduleListRequest>): Promise<SchedulePage>;
};

/** The method of stores that know how full a queue is. */
export type Pressure = {
  /**
   * How full a queue is, for producers and for whoever starts workers: `depth`, how many of its jobs have not ended, and
   * `oldestMs`, how long the first of those that are due has waited (0 if none is). `limit` is that of the definition of
   * `defineQueue`; a name has none. Costs a look-up if jobs of the queue have a `maxDepth`; otherwise they are counted. Fails
   * with `invalid_name` or `invalid_option`.
   *
   * ```ts
   * const { depth, limit = Infinity } = await queue.pressure(imports);
   * ```
   */
  pressure(queue: string | QueueDefinition): Promise<QueuePressure>;
};
export type QueuePressure = {
  readonly depth: number;
  readonly limit: number | undefined;
  /** In ms. */
  readonly oldestMs: number;
};

/** The method of stores whose queues can pause for a while. */
export type Pausing = {
  /**
   * Stops claims from a queue for a while, over all workers: for a handler that was told to slow down. Running jobs continue.
   * A longer pause goes on; `resume` ends it. Fails with `invalid_name` or `invalid_duration`.
   *
   * ```ts
   * if (response.status === 429) {
   *   await queue.pauseFor("mail", "30s");
   *   throw snooze("30s");
   * }
   * ```
   */
  pauseFor(queue: string, duration: Duration): Promise<void>;
};

export type Queue<A extends Enqueue = Adapter> = Producer<A> &
  (A extends Inspect ? Inspection : unknown) &
  (A extends Control ? Operations : unknown) &
  (A extends Keys ? Uniqueness : unknown) &
  (A extends PauseFor ? Pausing : unknown) &
  (A extends Depth ? Pressure : unknown) &
  (A extends Update ? Updating : unknown) &
  (A extends ListSchedules ? ScheduleListing : unknown);
