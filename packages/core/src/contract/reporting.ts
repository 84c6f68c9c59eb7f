/** What a store counts, and which workers are alive. */

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
  /** The window's parts from the oldest to the current one, each over all queues and names. Undefined: not told here. */
  readonly series?: readonly SeriesStats[] | undefined;
};

/** `from`: when it began, by the adapter's clock: a multiple of its length, so that parts of several shards add up. */
export type SeriesStats = Omit<QueueStats, "queue"> & Pick<NameStats, "waited" | "ran"> & { readonly from: number };

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
