import type { EnqueueAnswer, NewJob } from "./enqueue.ts";
import type { Failure, JobData, JobRef } from "./job.ts";
import type { Control, Inspect, Prune } from "./operating.ts";
import type { ScheduleRef, Schedules } from "./scheduling.ts";

/**
 * The adapter contract: what every adapter has (`name`, `traits`, `enqueue` and `settle`), and how jobs are claimed. All
 * other interfaces are optional; those of operators, schedules and statistics are in the files beside this one. Batches
 * go in, positional answers come out: `answers[i]` answers `input[i]`. Durations (ms) go in; only the adapter turns
 * them into instants (ms since the Unix epoch), by its own clock. After a call that throws, the state of its jobs is
 * unknown; it is safe to repeat with the same ids and tokens.
 */

/**
 * A claim of a job. The token grows with every claim in the store and is never reused: a stale token changes nothing.
 */
export type Lease = JobRef & { readonly token: number };

/** A job that a worker has claimed. */
export type ClaimedJob = JobData &
  Lease & {
    /** From 1. Counted at the claim, so a crash is an attempt. */
    readonly attempt: number;
    /** The claim before this one neither settled nor released the job: its worker vanished. */
    readonly stalled: boolean;
    /** Time since the enqueue or the replay. */
    readonly ageMs: number;
    /** Time since the job became due. */
    readonly waitedMs: number;
    /**
     * Why it was given back last, and for how long. Reasons that begin with `no worker has ` count as one. A retry or a
     * replay clears it.
     */
    readonly snoozed?: { readonly reason: string; readonly forMs: number } | undefined;
    /** How long the lease lasts from the claim, if the worker did not choose it. */
    readonly leaseMs?: number | undefined;
    readonly uniqueKey?: string | undefined;
    /** It has limits: its end may let another job start. */
    readonly limited?: true | undefined;
    /**
     * It did not begin in time (`startWithinMs`) and is cancelled now: it has no lease, its token and its attempt are 0 and
     * its payload is empty. It counts as one of the jobs that the claim asked for.
     */
    readonly expired?: true | undefined;
  };

/**
 * The core's decision. `snooze` gives the attempt back, as if this claim had not happened. With a `reason` (at most 1
 * KB) the store records the reason and since when (`snoozedFor`); without one, it keeps its record unchanged.
 */
export type Outcome =
  | { readonly type: "complete"; readonly result?: string | undefined }
  | { readonly type: "retry"; readonly delayMs: number; readonly failure: Failure }
  | { readonly type: "snooze"; readonly delayMs: number; readonly reason?: string | undefined }
  | { readonly type: "dead"; readonly failure: Failure };

/** `next`: jobs of the same partition, enqueued in the same operation if a `complete` or a `dead` is accepted. */
export type Settlement = Lease & { readonly outcome: Outcome; readonly next?: readonly NewJob[] | undefined };

/**
 * `repeated`: this token has settled the job before (the reply was lost), whatever became of the job since. `cancelled`:
 * the row is cancelled now, and this token held the job then. `stale`: the lease is lost. `gone`: no such row. The object
 * has an answer for each job in `next`, and tells what became of the jobs after this one.
 */
export type SettleAnswer =
  | "accepted"
  | "repeated"
  | "cancelled"
  | "stale"
  | "gone"
  | {
      readonly status: "accepted";
      readonly next: readonly EnqueueAnswer[];
      /** How many jobs that came after this one may start now, and how many are dead with it. Undefined: none. A store that goes on later tells of the first. */
      readonly freed?: number | undefined;
      readonly buried?: number | undefined;
    };

/** Facts that no method shows. Adapters declare them as literal types, so misuse is a compile error. */
export type Traits = {
  /** An acknowledged job survives the end of this process. */
  readonly durable: boolean;
  /** A second enqueue of an existing id is a `duplicate`. */
  readonly unique: boolean;
  /** It knows `Unique`. Absent: it does not, and the core refuses such jobs. */
  readonly uniqueKeys?: boolean | undefined;
  /** It knows `Limits`. Absent: it does not, and the core refuses such jobs. */
  readonly limits?: boolean | undefined;
  /** It knows the `rate` of `Limits`. Absent: it does not, and the core refuses such jobs. */
  readonly throttle?: boolean | undefined;
  /** It knows `After`. Absent: it does not, and the core refuses such jobs. */
  readonly dependencies?: boolean | undefined;
  /** It knows `startWithinMs`. Absent: it does not, and the core refuses such jobs. */
  readonly expiry?: boolean | undefined;
  /** It knows the `ordered` of `Limits`. Absent: it does not, and the core refuses such jobs. */
  readonly order?: boolean | undefined;
  /** It knows `maxDepth`. Absent: it does not, and the core refuses such jobs. */
  readonly depth?: boolean | undefined;
  /** It knows the `priorityAgeMs` of a claim. Absent: it does not, and the core refuses workers with `priorityAge`. */
  readonly ageing?: boolean | undefined;
  /** Claims go by priority, then by due time, then by enqueue. */
  readonly ordered: boolean;
  /** A stale token changes nothing. */
  readonly fenced: boolean;
  /** The longest delay; `Infinity` if there is no limit. */
  readonly maxDelayMs: number;
  /** Delays are rounded up to a multiple of this. */
  readonly delayStepMs: number;
  /** The longest run that the runtime allows; a longer timeout is refused when it is declared. */
  readonly maxRunMs: number;
  readonly maxPayloadBytes: number;
  /** How long a claim lasts unless renewed; workers renew after a third of it. */
  readonly leaseMs: number;
  /** The longest pause between a worker's claims. Undefined: no limit. */
  readonly maxPollMs?: number | undefined;
};

/** The half of an adapter that a producer needs. A store's `within` makes one for the user's open transaction. */
export type Enqueue<T extends Traits = Traits> = {
  readonly name: string;
  readonly traits: T;
  enqueue(jobs: readonly NewJob[]): Promise<readonly EnqueueAnswer[]>;
};

export type Adapter<T extends Traits = Traits> = Enqueue<T> & {
  settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]>;
};

/** For stores and pull brokers. A claim takes due jobs of the named queues, including those whose lease expired. */
export type Pull = { claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> };

export type ClaimRequest = {
  readonly queues: readonly { readonly name: string; readonly limit: number }[];
  readonly leaseMs: number;
  /**
   * Each so many ms (whole, at least 1) that a job has been due count as a level of priority: in each queue the smallest
   * `due + priority * priorityAgeMs` is first, then the lowest priority. An expired lease is due at its end. Behind the
   * key of a limit the priority alone decides who may start next. Only for stores with the trait `ageing`. Undefined:
   * the priority is always first.
   */
  readonly priorityAgeMs?: number | undefined;
};

/**
 * Extends leases by `leaseMs` from now. `cancelled`: an operator ended the job, and no claim came after this token, which
 * may have settled before; stop running it.
 */
export type Renew = { renew(leases: readonly Lease[], leaseMs: number): Promise<readonly RenewAnswer[]> };

export type RenewAnswer = "held" | "lost" | "cancelled";

/**
 * The time (ms) until a claim or a tick would find something: 0 if now, undefined if nothing waits. A schedule counts by
 * its `nextAt`; without one, or not declared, it does not count.
 */
export type Wake = { dueInMs(wanted: WakeRequest): Promise<number | undefined> };

export type WakeRequest = { readonly queues: readonly string[]; readonly schedules: readonly ScheduleRef[] };

/**
 * Calls the listener when something became due sooner than `dueInMs` said. Returns a function that stops it. The same
 * function may be registered twice, and one that throws must not disturb the others or the call: `createListeners` does so.
 */
export type Notify = { onWake(listener: () => void): () => void };

/** For brokers: sends jobs that were claimed from a store, with their tokens, to their consumers. */
export type Carry = { carry(jobs: readonly ClaimedJob[]): Promise<readonly ("sent" | "failed")[]> };

/**
 * Something that runs jobs, such as a worker. Resolves when all are settled, or left to others to settle. `settle`: settles
 * them where they were handed out. If it fails, or is left out, the adapter settles them.
 */
export type JobRunner = {
  run(jobs: readonly ClaimedJob[], settle?: Adapter["settle"], renew?: Renew["renew"]): Promise<unknown>;
};

/** The runner of a pair: runs jobs that a broker carried for a store, after it renewed their leases. */
export type CarriedRunner = { runCarried(jobs: readonly ClaimedJob[]): Promise<unknown> };

/** For adapters that hold a connection. Once it is closed, each call is refused (`invalid_option`); a second `close` is not. */
export type Close = { close(): Promise<void> };

/** A full store, as `paired` requires. */
export type Store<T extends Traits = Traits> = Adapter<T> & Pull & Renew & Wake & Inspect & Control & Prune & Schedules;
