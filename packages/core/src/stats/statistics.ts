import type { Outcome } from "../contract/contract.ts";
import type { StatsWindow, StoreStats } from "../contract/reporting.ts";
import { addValue } from "./sketch.ts";
import { addTotal, newTotal, packTotal } from "./series.ts";
import {
  type PackedBucket,
  type Bucket,
  addBucket,
  countsOf,
  newBucket,
  packBucket,
  spreadsOf,
  unpackBucket,
} from "./bucket.ts";

/** A store's counter, made by `statistics` and passed to the store as an option. `now` is the store's clock, in ms. */
export type Statistics = {
  /** A job was created. */
  enqueued(job: { readonly queue: string }, now: number): void;
  /** A settlement was accepted. Snoozed attempts are not counted. */
  settled(job: { readonly queue: string; readonly name: string }, attempt: SettledAttempt, now: number): void;
  read(window: StatsWindow, now: number): Omit<StoreStats, "oldest">;
  /** The number of attempts settled since the last `packAll`. */
  fresh(): number;
  /** Everything since the last `packAll`, as JSON, to store along with another write. */
  packFresh(): unknown;
  /** Everything, as JSON. */
  packAll(): unknown;
  /** Restores packed statistics. */
  unpack(all: unknown, fresh: unknown): void;
};

export type SettledAttempt = {
  readonly outcome: Outcome["type"];
  /** From 1. */
  readonly attempt: number;
  /** Time from due to claim. */
  readonly waitedMs: number;
  /** Time from claim to settlement. */
  readonly ranMs: number;
};

type Buckets = Map<number, Bucket>;
type Packed = [version?: number, since?: number, ...windows: PackedBuckets[]];
type PackedBuckets = readonly (readonly [index: number, PackedBucket])[];

/** A window has a fixed number of buckets, which are dropped as a whole, so its memory is bounded. */
const WINDOWS: Readonly<Record<StatsWindow, { readonly bucketMs: number; readonly buckets: number }>> = {
  minute: { bucketMs: 10_000, buckets: 6 },
  hour: { bucketMs: 300_000, buckets: 12 },
  day: { bucketMs: 3_600_000, buckets: 24 },
};
const NAMES = ["minute", "hour", "day"] as const;
/** The length of the fresh buckets, which are folded into those of all windows. */
const { bucketMs: LEAST_MS } = WINDOWS.minute;
/**
 * The most fresh buckets. A store that packs does so every hundred attempts, before this; one in memory never packs.
 */
const MOST_FRESH = 250;
const COUNTED = { complete: "completed", retry: "failed", dead: "dead" } as const;

/**
 * Counts a store's jobs of the last minute, hour and day: counts by queue, times and attempts by job name. Pass one to
 * each store, as in `memory({ stats: statistics() })`, and read it with `readStats`.
 */
export function statistics(): Statistics {
  const kept: Readonly<Record<StatsWindow, Buckets>> = { minute: new Map(), hour: new Map(), day: new Map() };
  /** Buckets that are not in any window yet. */
  const fresh: Buckets = new Map();
  let since = Number.MAX_SAFE_INTEGER;
  let settled = 0;
  let version = 0;

  const bucketNow = (now: number): Bucket => {
    const index = Math.floor(now / LEAST_MS);
    since = Math.min(since, now);
    if (fresh.size >= MOST_FRESH && !fresh.has(index)) fold();
    return bucketAt(fresh, index);
  };
  const fold = (): void => {
    for (const [index, bucket] of fresh) {
      for (const window of NAMES) {
        const { bucketMs, buckets } = WINDOWS[window];
        const at = Math.floor((index * LEAST_MS) / bucketMs);
        addBucket(bucketAt(kept[window], at), bucket);
        for (const old of kept[window].keys()) if (old <= at - buckets) kept[window].delete(old);
      }
    }
    fresh.clear();
  };

  return {
    fresh: () => settled,
    enqueued({ queue }, now) {
      countsOf(bucketNow(now), queue).enqueued += 1;
    },
    settled({ name, queue }, { outcome, attempt, waitedMs, ranMs }, now) {
      if (outcome === "snooze") return;
      const bucket = bucketNow(now);
      countsOf(bucket, queue)[COUNTED[outcome]] += 1;
      const { waited, ran, attempts } = spreadsOf(bucket, name);
      addValue(waited, waitedMs);
      addValue(ran, ranMs);
      if (outcome === "complete") addValue(attempts, attempt);
      settled += 1;
    },
    read(window, now) {
      const { bucketMs, buckets } = WINDOWS[window];
      const from = (Math.floor(now / bucketMs) - buckets + 1) * bucketMs;
      const sum = newBucket();
      const series = Array.from({ length: buckets }, (_, i) => newTotal(from + i * bucketMs));
      const add = (at: number, bucket: Bucket): void => {
        if (at < from) return;
        addBucket(sum, bucket);
        const total = series[Math.floor((at - from) / bucketMs)]; // none where the clock was put back
        if (total !== undefined) addTotal(total, bucket);
      };
      for (const [index, bucket] of kept[window]) add(index * bucketMs, bucket);
      for (const [index, bucket] of fresh) add(index * LEAST_MS, bucket);
      return {
        coversMs: Math.max(0, now - Math.max(from, since)),
        ...packBucket(sum),
        series: series.map(packTotal),
      };
    },
    packFresh: () => [version, since, packBuckets(fresh)],
    packAll() {
      fold();
      settled = 0;
      version += 1;
      return [version, since, ...NAMES.map((window) => packBuckets(kept[window]))];
    },
    unpack(all, packed) {
      // Both are packed values, or undefined.
      const [of = 0, from = Number.MAX_SAFE_INTEGER, ...windows] = (all ?? []) as Packed;
      const [freshOf, freshFrom = from, buckets = []] = (packed ?? []) as [number?, number?, PackedBuckets?];
      version = of;
      since = Math.min(from, freshFrom);
      NAMES.forEach((window, i) => unpackBuckets(kept[window], windows[i] ?? []));
      // Fresh figures packed before `all` are already part of it.
      unpackBuckets(fresh, freshOf === of ? buckets : []);
      settled = 0;
      for (const { names } of fresh.values()) {
        for (const { ran } of names.values()) settled += ran.count;
      }
    },
  };
}

function bucketAt(buckets: Buckets, index: number): Bucket {
  let bucket = buckets.get(index);
  if (bucket === undefined) buckets.set(index, (bucket = newBucket()));
  return bucket;
}

function packBuckets(buckets: Buckets): PackedBuckets {
  return [...buckets].map(([index, bucket]) => [index, packBucket(bucket)]);
}

function unpackBuckets(into: Buckets, packed: PackedBuckets): void {
  into.clear();
  for (const [index, bucket] of packed) into.set(index, unpackBucket(bucket));
}
