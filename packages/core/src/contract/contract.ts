/**
 * The adapter contract: everything that crosses between the core and the place where jobs live.
 * Types only. Required of every adapter: `name`, `traits`, `enqueue`, `settle`; the rest are
 * interfaces that an adapter has or has not. Batches go in, positional answers come out:
 * `answers[i]` is about `input[i]`. Durations (ms) go in, only the adapter turns them into instants
 * (ms since the Unix epoch) by its own clock. A call that throws leaves its jobs unknown, and is safe
 * to repeat with the same ids and tokens.
 */

/** States as users see them. Only the three terminal ones are ever stored; the rest follow from the row and the clock. */
export type JobState = "delayed" | "enqueued" | "active" | "stalled" | "failed" | "blocked" | TerminalState;
export type TerminalState = "completed" | "dead" | "cancelled";

/** Names a job. Jobs that must be unique, ordered or settled together share a partition; it defaults to the id. */
export type JobRef = { readonly id: string; readonly partition?: string | undefined };

/** When a claim may take the job: so long after now, or at an instant of the adapter's clock. */
export type Due = { readonly inMs: number } | { readonly at: number };

/** What a job is from its enqueue to its end, byte for byte. */
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
 * `keepMs`: how long a completed or cancelled row stands, so that its id stays a duplicate; 0 removes it at once. A job
 * that runs when it is cancelled stands at least until its lease would have ended, so that its worker hears of it.
 */
export type NewJob = JobData & { readonly due: Due; readonly keepMs: number };

/** `duplicate`: a row with this id stands and nothing was written. `sent`: a broker took it, nobody knows more. */
export type EnqueueAnswer =
  | { readonly status: "created" }
  | { readonly status: "duplicate"; readonly state: JobState }
  | { readonly status: "sent" }
  | { readonly status: "failed"; readonly message: string };

/** A claim of a job. The token grows with every claim in the store and never comes again: a stale one changes nothing. */
export type Lease = JobRef & { readonly token: number };

/** A job in a worker's hands. */
export type ClaimedJob = JobData &
  Lease & {
    /** From 1; counted by the claim, so that a crash is an attempt. */
    readonly attempt: number;
    /** The claim before this one neither settled nor released the job: its worker vanished. */
    readonly stalled: boolean;
    /** Since enqueue or replay. */
    readonly ageMs: number;
    /** Since the job became due. */
    readonly waitedMs: number;
    /**
     * Why it was given back last, and for how long this has been the reason, or another that also begins with
     * `no worker has `. A retry or a replay ends it.
     */
    readonly snoozed?: { readonly reason: string; readonly forMs: number } | undefined;
    /** How long the lease holds from the claim, where that was not for the worker to say. */
    readonly leaseMs?: number | undefined;
  };

/** Why an attempt failed; the core made it safe and short (4 KB in all). */
export type Failure = { readonly message: string; readonly stack?: string | undefined };
export type FailureRecord = Failure & { readonly attempt: number; readonly at: number };

/**
 * What the core decided. `snooze` gives the attempt back: the job is as if this claim had not been. With a `reason` (at
 * most 1 KB) the store keeps why, and since when (`snoozedFor`); without, it leaves what it kept as it is.
 */
export type Outcome =
  | { readonly type: "complete"; readonly result?: string | undefined }
  | { readonly type: "retry"; readonly delayMs: number; readonly failure: Failure }
  | { readonly type: "snooze"; readonly delayMs: number; readonly reason?: string | undefined }
  | { readonly type: "dead"; readonly failure: Failure };

/** `next`: jobs of the same partition, enqueued in the same operation where a `complete` is accepted. */
export type Settlement = Lease & { readonly outcome: Outcome; readonly next?: readonly NewJob[] | undefined };

/**
 * `repeated`: this token settled the job before (our reply was lost). `cancelled`: an operator ended it while this token
 * held it. `stale`: the lease is lost. `gone`: no such row.
 * One that was accepted with jobs in `next` tells what became of each.
 */
export type SettleAnswer =
  | "accepted"
  | "repeated"
  | "cancelled"
  | "stale"
  | "gone"
  | { readonly status: "accepted"; readonly next: readonly EnqueueAnswer[] };

/** Facts that a method cannot show. Adapters declare them as literal types, so that misuse is a compile error. */
export type Traits = {
  /** An acknowledged job survives the end of this process. */
  readonly durable: boolean;
  /** A second enqueue of an id that stands is a `duplicate`. */
  readonly unique: boolean;
  /** Priorities count, and equal ones go by due time, then by enqueue. */
  readonly ordered: boolean;
  /** A stale token changes nothing. */
  readonly fenced: boolean;
  /** The longest delay; `Infinity` where there is none. */
  readonly maxDelayMs: number;
  /** Delays are rounded up to a multiple of this. */
  readonly delayStepMs: number;
  /** The longest run that the runtime allows; a longer timeout is refused when declared. */
  readonly maxRunMs: number;
  readonly maxPayloadBytes: number;
  /** How long a claim holds unless renewed; workers renew at a third of it. */
  readonly leaseMs: number;
  /** A worker's loop must look so often at least. Undefined: whenever it likes. */
  readonly maxPollMs?: number | undefined;
};

export type Adapter<T extends Traits = Traits> = {
  readonly name: string;
  readonly traits: T;
  enqueue(jobs: readonly NewJob[]): Promise<readonly EnqueueAnswer[]>;
  settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]>;
};

/** Stores and pull brokers. A claim takes whatever is due in the named queues, expired leases included. */
export type Pull = { claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> };
export type ClaimRequest = {
  readonly queues: readonly { readonly name: string; readonly limit: number }[];
  readonly leaseMs: number;
};

/** Extends leases, counted from now. `cancelled`: an operator ended the job; stop running it. */
export type Renew = { renew(leases: readonly Lease[], leaseMs: number): Promise<readonly RenewAnswer[]> };
export type RenewAnswer = "held" | "lost" | "cancelled";

/** The time until a claim or a tick would find something: 0 if now, undefined if nothing waits. */
export type Wake = { dueInMs(wanted: WakeRequest): Promise<number | undefined> };
export type WakeRequest = { readonly queues: readonly string[]; readonly schedules: readonly ScheduleRef[] };

/** Calls the listener when something became due sooner than `dueInMs` said. Returns how to stop. */
export type Notify = { onWake(listener: () => void): () => void };

export type StoredJob = JobData & {
  readonly state: JobState;
  /** Claims so far, less those that were given back. */
  readonly attempt: number;
  readonly enqueuedAt: number;
  /** From when a claim may take it; the lease's end while it is leased; when it ended once terminal. */
  readonly dueAt: number;
  /** Why it is not running, where the store knows: its queue hands nothing out, or it was snoozed for this reason. */
  readonly waitsFor?: string | undefined;
  readonly result?: string | undefined;
  /** The first and the last nine. */
  readonly failures: readonly FailureRecord[];
};
export type ListRequest = {
  readonly state?: JobState | undefined;
  readonly queue?: string | undefined;
  readonly limit: number;
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
   * In the order of the ids, by their bytes. A page begins after the job that its cursor names, whatever has come and
   * gone since, and may be shorter than its limit: only one without a cursor is the last.
   */
  list(request: ListRequest): Promise<JobPage>;
  /** Of these states at least, each as if all had been asked for. A store may answer others, too, as many as it likes. */
  counts(states?: readonly JobState[]): Promise<readonly QueueCounts[]>;
};

/** `refused`: the job's state does not allow the verb; nothing changed. */
export type ControlAnswer =
  | { readonly status: "done" }
  | { readonly status: "refused"; readonly state: JobState }
  | { readonly status: "gone" };
export type Control = {
  /** Any job that has not ended. A running one is cancelled at once and its worker fenced. */
  cancel(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /** `dead` and `cancelled`: due now, attempts and age from zero, failures kept. */
  replay(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /** `delayed` and `failed`: due now. */
  runNow(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /** Any state but `active`: the row is gone and its id free. */
  remove(refs: readonly JobRef[]): Promise<readonly ControlAnswer[]>;
  /** A paused queue is not claimed from; everything else works on. */
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
};

/** Removes completed and cancelled rows past their time, and dead ones past the adapter's bounds; answers the dead ones. */
export type Prune = { prune(limit: number): Promise<readonly StoredJob[]> };

/**
 * A schedule as one version of the code has it; `rule` is the text of its rule. A changed rule is another row, which
 * starts anew, and versions that run side by side keep a cursor each.
 */
export type ScheduleRef = { readonly name: string; readonly rule: string };
/** A schedule's cursor: the last nominal time that was handled (or when it was first declared), by the adapter's clock. */
export type ScheduleRow = { readonly cursor: number; readonly nextAt?: number | undefined };
/** Moves the cursor if it still stands at `from`, stores `nextAt` for `Wake`, and inserts the job: one atomic operation. */
export type Advance = ScheduleRef & {
  readonly from: number;
  readonly to: number;
  /** Undefined: the expression never fires again. */
  readonly nextAt?: number | undefined;
  readonly job?: NewJob | undefined;
};
/** `behind`: the cursor stood elsewhere, and nothing changed. `job`: what became of the step's job. */
export type AdvanceAnswer =
  | { readonly status: "behind" }
  | { readonly status: "moved"; readonly job?: EnqueueAnswer | undefined };
export type Schedules = {
  /** Creates the rows that are missing, with their cursor at now. */
  declare(schedules: readonly ScheduleRef[]): Promise<{ readonly now: number; readonly rows: readonly ScheduleRow[] }>;
  /** One step after the other: those of one schedule may follow each other, and one that is behind stops no other. */
  advance(steps: readonly Advance[]): Promise<readonly AdvanceAnswer[]>;
};

export type StatsWindow = "minute" | "hour" | "day";
/** A store that counts what passes through it. One answer for each of its parts (shards); they add up. */
export type Stats = { stats(window: StatsWindow): Promise<readonly StoreStats[]> };
export type StoreStats = {
  /** How much of the time up to now is covered: about the window, and less where the store has not counted so long. */
  readonly coversMs: number;
  readonly queues: readonly QueueStats[];
  readonly names: readonly NameStats[];
  /** For each queue in which a claim would find something, by name: how long ago the first of it became due. */
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
/** Of the attempts of one job name, as packed sketches; `attempts`: how many a job needed that completed. */
export type NameStats = {
  readonly name: string;
  /** From when it was due to its claim, in ms. */
  readonly waited: PackedSketch;
  /** From its claim to its settlement, in ms. */
  readonly ran: PackedSketch;
  readonly attempts: PackedSketch;
};
/** A bin and its count, one pair after the other, by bin. */
export type PackedSketch = readonly number[];

/** Workers that say that they are alive, as those with a loop can. What an alarm or a delivery starts has no count. */
export type Presence = {
  /** It is alive for so long from now, or until it says so again. */
  announce(worker: WorkerPresence, forMs: number): Promise<void>;
  /** Whoever said so within a day, by id, and of those the latest 1 000. */
  workers(): Promise<readonly KnownWorker[]>;
};
/** `slots`: how many jobs it runs at most; `busy`: how many it holds. */
export type WorkerPresence = { readonly id: string; readonly slots: number; readonly busy: number };
/** `agoMs`: since it last said so. */
export type KnownWorker = WorkerPresence & { readonly alive: boolean; readonly agoMs: number };

/** Brokers: sends jobs that were claimed elsewhere, with their tokens, to whoever runs them. */
export type Carry = { carry(jobs: readonly ClaimedJob[]): Promise<readonly ("sent" | "failed")[]> };

/** Whoever runs jobs: a worker, for one. Resolves when all are settled, or are somebody else's to settle. */
export type JobRunner = { run(jobs: readonly ClaimedJob[]): Promise<unknown> };

/** Whoever holds a connection. */
export type Close = { close(): Promise<void> };

/** What every full store has; `paired` asks for it. */
export type Store<T extends Traits = Traits> = Adapter<T> & Pull & Renew & Wake & Inspect & Control & Prune & Schedules;
