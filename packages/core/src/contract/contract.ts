/**
 * The adapter contract: every type that crosses between the core and an adapter. Every adapter has `name`, `traits`,
 * `enqueue` and `settle`; all other interfaces are optional. Batches go in, positional answers come out: `answers[i]`
 * answers `input[i]`. Durations (ms) go in; only the adapter turns them into instants (ms since the Unix epoch), by its
 * own clock. After a call that throws, the state of its jobs is unknown; it is safe to repeat with the same ids and
 * tokens.
 */

/**
 * Job states as users see them. Only the three terminal ones are stored; the others follow from the row and the clock.
 * `blocked`: it starts when another job has ended, or has given up its place.
 */
export type JobState = "delayed" | "enqueued" | "active" | "stalled" | "failed" | "blocked" | TerminalState;
export type TerminalState = "completed" | "dead" | "cancelled";

/** Identifies a job. Jobs that must be unique, ordered or settled together share a partition; it defaults to the id. */
export type JobRef = { readonly id: string; readonly partition?: string | undefined };

/** When a claim may take the job: after a delay from now, or at an instant of the adapter's clock. */
export type Due = { readonly inMs: number } | { readonly at: number };

/** The part of a job that stays the same, byte for byte, from its enqueue to its end. */
export type JobData = JobRef & {
  readonly name: string;
  readonly queue: string;
  /** Encoded by the core, opaque to the adapter, identical on every attempt. */
  readonly payload: string;
  /** Format version, metadata, trace context; a flat map that the adapter stores and never reads. */
  readonly headers: Readonly<Record<string, string>>;
  /** 0 to 9; a claim takes lower numbers first, then earlier due times, then earlier enqueues. */
  readonly priority: number;
};

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
   * Made by the core from the job's name and the user's key; at most 600 characters. Jobs of a key have one queue. Of
   * those that are due, one is in the queue's order; the others are `blocked` until it is claimed, and then the first of
   * them, by priority, due time and enqueue, is due from that moment. So keys are served in turn, whatever waits behind each.
   */
  readonly key?: string | undefined;
  /** Of the key. One whose lease has ended keeps its place: only a claim of the same job takes it. Undefined: no limit. */
  readonly running?: number | undefined;
  /**
   * Of the key, for stores with the trait `throttle`. A start is a claim, but for one that takes over a lease that has ended.
   * The job whose turn it is is due when it may start.
   */
  readonly rate?: Rate | undefined;
};

/** How often jobs start, by the store's clock: one each `everyMs` (which may be a fraction), and `burst` after a pause. */
export type Rate = { readonly everyMs: number; readonly burst: number };

/**
 * `duplicate`: a row with this id exists, or the job `id` holds its key; nothing was written. `replaced`: the job `id`,
 * which waits, has the new data. `queued_behind`: the job `id` has them, and starts when the one that runs has ended.
 * `sent`: a broker accepted it, more is not known.
 */
export type EnqueueAnswer =
  | { readonly status: "created" }
  | { readonly status: "duplicate"; readonly state: JobState; readonly id?: string | undefined }
  | { readonly status: "replaced" | "queued_behind"; readonly id: string }
  | { readonly status: "sent" }
  | { readonly status: "failed"; readonly message: string };

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

/** Why an attempt failed, made safe and short by the core (4 KB in all). */
export type Failure = { readonly message: string; readonly stack?: string | undefined };
export type FailureRecord = Failure & { readonly attempt: number; readonly at: number };

/**
 * The core's decision. `snooze` gives the attempt back, as if this claim had not happened. With a `reason` (at most 1
 * KB) the store records the reason and since when (`snoozedFor`); without one, it keeps its record unchanged.
 */
export type Outcome =
  | { readonly type: "complete"; readonly result?: string | undefined }
  | { readonly type: "retry"; readonly delayMs: number; readonly failure: Failure }
  | { readonly type: "snooze"; readonly delayMs: number; readonly reason?: string | undefined }
  | { readonly type: "dead"; readonly failure: Failure };

/** `next`: jobs of the same partition, enqueued in the same operation if a `complete` is accepted. */
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
      /** How many jobs that came after this one may start now, and how many are dead with it. Undefined: none. */
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
   * listed even if it has no jobs.
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

/**
 * A schedule in one version of the code; `rule` is the text of its rule. A changed rule is a new row, which starts from
 * now, and versions that run side by side have a cursor each.
 */
export type ScheduleRef = { readonly name: string; readonly rule: string };
/** A schedule's cursor: the last nominal time handled, or when it was first declared, by the adapter's clock. */
export type ScheduleRow = { readonly cursor: number; readonly nextAt?: number | undefined };
/**
 * Moves the cursor if it is still at `from`, stores `nextAt` for `Wake`, and inserts the job, in one atomic operation.
 */
export type Advance = ScheduleRef & {
  readonly from: number;
  readonly to: number;
  /** Undefined: the rule never fires again. */
  readonly nextAt?: number | undefined;
  readonly job?: NewJob | undefined;
};
/** `behind`: the cursor was elsewhere, nothing changed. `job`: the answer to the enqueue of the step's job. */
export type AdvanceAnswer =
  | { readonly status: "behind" }
  | { readonly status: "moved"; readonly job?: EnqueueAnswer | undefined };
export type Schedules = {
  /** Creates missing rows, with their cursor at now. */
  declare(schedules: readonly ScheduleRef[]): Promise<{ readonly now: number; readonly rows: readonly ScheduleRow[] }>;
  /** Runs the steps in order; several may belong to one schedule. A step that is behind does not stop the others. */
  advance(steps: readonly Advance[]): Promise<readonly AdvanceAnswer[]>;
};

/** A schedule as a store knows it. What it makes is in the code that declares it. */
export type StoredSchedule = ScheduleRef & ScheduleRow;
export type ScheduleListRequest = {
  readonly limit: number;
  /** Of the page before. */
  readonly after?: ScheduleRef | undefined;
};
/** `now`: the store's, with which `nextAt` is compared. Only a page without `after` is the last. */
export type SchedulePage = {
  readonly now: number;
  readonly schedules: readonly StoredSchedule[];
  readonly after?: ScheduleRef | undefined;
};
export type ListSchedules = {
  /**
   * All rows of `declare`, also of code that declares them no more. Ordered by name, and those of one name by rule, by an
   * order of the store's own. A page begins after the row in `after`, even if that is gone.
   */
  listSchedules(request: ScheduleListRequest): Promise<SchedulePage>;
};

export type StatsWindow = "minute" | "hour" | "day";
/** For a store that counts its jobs. Returns one answer per shard; they add up. */
export type Stats = { stats(window: StatsWindow): Promise<readonly StoreStats[]> };
export type StoreStats = {
  /** The time up to now that the figures cover: about the window, or less if the store has not counted so long. */
  readonly coversMs: number;
  readonly queues: readonly QueueStats[];
  readonly names: readonly NameStats[];
  /** For each queue in which a claim would find a job: how long ago the first one became due. Sorted by name. */
  readonly oldest: readonly { readonly queue: string; readonly waitedMs: number }[];
};
/** `enqueued` and `dead` count jobs, `completed` and `failed` attempts; a replayed job that dies again counts twice. */
export type QueueStats = {
  readonly queue: string;
  readonly enqueued: number;
  readonly completed: number;
  readonly failed: number;
  readonly dead: number;
};
/** Distributions over the attempts of one job name; `attempts`: how many attempts a completed job needed. */
export type NameStats = {
  readonly name: string;
  /** Time from due to claim, in ms. */
  readonly waited: PackedSketch;
  /** Time from claim to settlement, in ms. */
  readonly ran: PackedSketch;
  readonly attempts: PackedSketch;
};
/** Pairs of a bin and its count, flattened, sorted by bin. */
export type PackedSketch = readonly number[];

/** Workers with a loop announce that they are alive. Workers started by an alarm or a delivery are not counted. */
export type Presence = {
  /** The worker counts as alive for `forMs` from now. */
  announce(worker: WorkerPresence, forMs: number): Promise<void>;
  /** The workers that announced themselves within a day, sorted by id; the latest 1 000 at most. */
  workers(): Promise<readonly KnownWorker[]>;
};
/** `slots`: how many jobs it can run; `busy`: how many it holds. */
export type WorkerPresence = { readonly id: string; readonly slots: number; readonly busy: number };
/** `agoMs`: time since the last announcement. */
export type KnownWorker = WorkerPresence & { readonly alive: boolean; readonly agoMs: number };

/** For brokers: sends jobs that were claimed from a store, with their tokens, to their consumers. */
export type Carry = { carry(jobs: readonly ClaimedJob[]): Promise<readonly ("sent" | "failed")[]> };

/** Something that runs jobs, such as a worker. Resolves when all are settled, or left to others to settle. */
export type JobRunner = { run(jobs: readonly ClaimedJob[]): Promise<unknown> };

/** The runner of a pair: runs jobs that a broker carried for a store, after it renewed their leases. */
export type CarriedRunner = { runCarried(jobs: readonly ClaimedJob[]): Promise<unknown> };

/** For adapters that hold a connection. */
export type Close = { close(): Promise<void> };

/** A full store, as `paired` requires. */
export type Store<T extends Traits = Traits> = Adapter<T> & Pull & Renew & Wake & Inspect & Control & Prune & Schedules;
