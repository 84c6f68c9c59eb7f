import type { Due } from "./enqueue.ts";
import type { FailureRecord, JobData, JobRef, JobState } from "./job.ts";

/** What operators do: look at jobs, and change them. */

export type StoredJob = JobData & {
  readonly state: JobState;
  /** The number of claims, without those that were given back. */
  readonly attempt: number;
  /** Or when it was replayed last. */
  readonly enqueuedAt: number;
  /** When a claim may take it. While leased: the lease's end. Once terminal: when it ended. */
  readonly dueAt: number;
  /** Why it is not running, if the store knows: its queue is paused or full, or the reason of its snooze. */
  readonly waitsFor?: string | undefined;
  readonly uniqueKey?: string | undefined;
  /** The ids of the jobs that it comes after. */
  readonly after?: readonly string[] | undefined;
  readonly result?: string | undefined;
  /** The first failure and the last nine. */
  readonly failures: readonly FailureRecord[];
};

/** Jobs that have all that is asked for. */
export type ListRequest = {
  /** One of them, if there are several. */
  readonly state?: JobState | readonly JobState[] | undefined;
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  /** From the last id to the first. */
  readonly descending?: boolean | undefined;
  readonly limit: number;
  /** Of the page before. The core and `serve` refuse an empty one before an adapter sees it. */
  readonly cursor?: string | undefined;
};

export type JobPage = { readonly jobs: readonly StoredJob[]; readonly cursor?: string | undefined };

export type QueueCounts = {
  readonly queue: string;
  readonly paused: boolean;
  readonly counts: Readonly<Partial<Record<JobState, number>>>;
};

export type Inspect = {
  get(refs: readonly JobRef[]): Promise<readonly (StoredJob | undefined)[]>;
  /**
   * Ordered by id, by bytes. A page begins after the id in its cursor (before it, if the list descends), even if that job
   * is gone. It may be shorter than its limit: only a page without a cursor is the last.
   */
  list(request: ListRequest): Promise<JobPage>;
  /**
   * Counts of at least these states, exact for each of them. A store may return other states, too. A paused queue is
   * listed even if it has no jobs; others without jobs are not.
   */
  counts(states?: readonly JobState[]): Promise<readonly QueueCounts[]>;
};

/** `refused`: the job's state does not allow the verb; nothing changed. */
export type ControlAnswer =
  | { readonly status: "done" }
  | { readonly status: "refused"; readonly state: JobState }
  | { readonly status: "gone" };

export type Control = {
  /** For any job that has not ended. A running one is cancelled at once and its worker fenced. */
  cancel(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /**
   * For `dead` and `cancelled`, unless another job holds its key: due now, attempts and age (`enqueuedAt`) from zero,
   * failures kept.
   */
  replay(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /** For `delayed` and `failed`: due now. */
  runNow(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /** For any state but `active`: deletes the row and frees its id. */
  remove(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /** Claims take nothing from a paused queue; everything else continues. */
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
};

/**
 * What becomes of a job that has not begun. What is left out stays: its partition, queue, unique key, limits, attempts
 * and age always do.
 */
export type Change = JobRef & {
  /** The job's name; a job of another name counts as gone. */
  readonly name: string;
  /** Both together, for the headers tell by which schema the payload was made. */
  readonly data?: Pick<JobData, "payload" | "headers"> | undefined;
  readonly priority?: number | undefined;
  readonly due?: Due | undefined;
};

export type Update = {
  /**
   * For `delayed`, `enqueued`, `failed` and `blocked`. Not for `stalled`: its worker may still run it, and complete it.
   * In the order of the call, several changes of one job after each other.
   */
  update(changes: readonly Change[]): Promise<readonly ControlAnswer[]>;
};

/** For a queue whose service says that it is overrun. */
export type PauseFor = {
  /**
   * As `pause`, but ends by itself after so long, or with `resume`. A longer pause of the queue goes on. `Wake` counts its
   * end. In a store of several partitions, all of them pause.
   */
  pauseFor(queue: string, forMs: number): Promise<void>;
};

/** For stores with the trait `depth`. In a store of several partitions, each has a `maxDepth` of its own. */
export type Depth = { depth(queue: string): Promise<QueueDepth> };
/** `jobs`: how many have not ended. `waitedMs`: how long the first of those that are due has waited; 0 if none is. */
export type QueueDepth = { readonly jobs: number; readonly waitedMs: number };

/** For stores with the trait `uniqueKeys`. Of jobs in several partitions, a store may keep a key in each alone. */
export type Keys = {
  /** Frees a key. The job that held it goes on; one that waits behind it gets the key, and may start at once. */
  release(keys: readonly KeyRef[]): Promise<readonly ("released" | "free")[]>;
};

export type KeyRef = { readonly key: string; readonly partition?: string | undefined };

/**
 * Removes completed and cancelled rows past their `keepMs`, and dead ones past the adapter's bounds; returns the dead
 * ones.
 */
export type Prune = { prune(limit: number): Promise<readonly StoredJob[]> };
