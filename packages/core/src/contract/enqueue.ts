import type { JobData, JobRef, JobState } from "./job.ts";

/** A job as it is enqueued, with all that it may ask for, and the answers. */

/** When a claim may take the job: after a delay from now, or at an instant of the adapter's clock. */
export type Due = { readonly inMs: number } | { readonly at: number };

/**
 * `keepMs`: how long a completed or cancelled row is kept, and its id stays a duplicate; 0 removes it at once. The row
 * of a job cancelled while it runs is kept at least until its lease would have ended, so that its worker learns of it.
 */
export type NewJob = JobData & {
  readonly due: Due;
  readonly keepMs: number;
  readonly unique?: Unique | undefined;
  readonly limits?: Limits | undefined;
  readonly after?: After | undefined;
  /**
   * For stores with the trait `expiry`: a claim that would begin its first attempt later than so long after the job could
   * begin cancels it instead, with a failure that says so. The time counts from the enqueue or the due time, whichever is
   * later; from the end of the last parent, or of the job behind whose unique key it waits; anew after a replay, `runNow`
   * or a change of its due time. It goes on while a limit or a pause holds the job up, and when a claim is given back.
   */
  readonly startWithinMs?: number | undefined;
  /**
   * For stores with the trait `depth`: it is `failed`, with the reason `full`, if its queue has so many jobs that have not
   * ended. Not if its id stands, or if it replaces the data of another. A call with jobs that come after others is refused
   * as a whole.
   */
  readonly maxDepth?: number | undefined;
};

/**
 * The parents of a job, for stores with the trait `dependencies`: it is `blocked` until all of them have ended. They may be
 * jobs of the same call, before or behind it in the list. A call that names a parent which does not exist is answered
 * `failed` for all of its jobs, and changes nothing. A parent stands, with its result, until its children have ended,
 * whatever its `keepMs`, unless somebody removes it.
 */
export type After = {
  /** At most 10 000. In a store of several partitions, all of them are in that of the job. */
  readonly jobs: readonly JobRef[];
  /**
   * What a parent that is dead, cancelled or removed before it ended does to a job that waits for it. `dead`: the job is
   * dead, with a failure that names the parent; a replay of the parent makes it wait again. `run`: it counts as ended.
   */
  readonly onFailed: "dead" | "run";
};

/**
 * Uniqueness apart from the id, for stores with the trait `uniqueKeys`: at most one job of a key waits, and at most one
 * runs. The key is held by a job until it has ended, and with `forMs` at least so long from its enqueue.
 */
export type Unique = {
  /** Made by the core from its scope (`keyScope`) and the user's key; at most 700 characters. */
  readonly key: string;
  /**
   * What an enqueue does if another job holds the key. `keep`: nothing. `replace`: a job that waits gets the new data,
   * its attempts from zero; behind one that runs, the new one waits, and gets the data of later ones. `debounce`: the
   * same, but due at most `maxWaitMs` after the first.
   */
  readonly on: "keep" | "replace" | "debounce";
  readonly forMs?: number | undefined;
  readonly maxWaitMs?: number | undefined;
};

/**
 * How many jobs run at a time, over all workers, for stores with the trait `limits`. A job runs from its claim until it is
 * settled, cancelled or removed, or its lease has ended. Every job carries its own numbers.
 */
export type Limits = {
  /** Of its queue: claims follow the number of the job that was claimed last, of those that are leased and have one. */
  readonly queue?: number | undefined;
  /**
   * Made by the core from its scope (`keyScope`) and the user's key; at most 700 characters. Jobs of a key have one queue. Of
   * those that are due, one is in the queue's order; the others are `blocked` until it is claimed, and then the first of
   * them, by priority, due time and enqueue, is due from that moment. So keys are served in turn, whatever waits behind each.
   */
  readonly key?: string | undefined;
  /** Of the key. One whose lease has ended keeps its place: only a claim of the same job takes it. Undefined: no limit. */
  readonly running?: number | undefined;
  /**
   * For stores with the trait `order`, with a key, `running` of 1 and no rate: a job that was let through goes on standing
   * between the queue's order and those behind its key until it has ended, also while it waits for a retry or was given back.
   */
  readonly ordered?: true | undefined;
  /**
   * Of the key, for stores with the trait `throttle`. A start is a claim, but for one that takes over a lease that has ended.
   * The job whose turn it is is due when it may start.
   */
  readonly rate?: Rate | undefined;
};

/** How often jobs start, by the store's clock: one each `everyMs` (which may be a fraction), and `burst` after a pause. */
export type Rate = { readonly everyMs: number; readonly burst: number };

/**
 * `duplicate`: a row with this id exists, or the job `id` holds its key; nothing was written. Where a `settle` or an `advance`
 * tells of one that waits, a step before it in the same call may have let that through or have put it behind its key, and
 * `state` may not say so yet. `replaced`: the job `id`, which waits, has the new data. `queued_behind`: the job `id` has
 * them, and starts when the one that runs has ended. `sent`: a broker accepted it, more is not known. `full`: its queue has
 * as many jobs as its `maxDepth` allows.
 */
export type EnqueueAnswer =
  | { readonly status: "created" }
  | { readonly status: "duplicate"; readonly state: JobState; readonly id?: string | undefined }
  | { readonly status: "replaced" | "queued_behind"; readonly id: string }
  | { readonly status: "sent" }
  | { readonly status: "failed"; readonly message: string; readonly reason?: "full" | undefined };
