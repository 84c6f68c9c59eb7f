import type { Stats, StatsWindow } from "../contract/reporting.ts";
import { checkOptions, withMethods, oneOf } from "../values/options.ts";
import { backendFailure } from "../values/backend-failure.ts";
import { type Sketch, quantile } from "./sketch.ts";
import { addSeries } from "./series.ts";
import { addBucket, newBucket, unpackBucket } from "./bucket.ts";

/** A store's figures of a window that ends now. */
export type StatsReport = {
  /**
   * The time that the figures cover, in ms: nearly the window, because its oldest bucket is dropped as a whole, or less
   * if the store has not counted so long. A rate is a count divided by this.
   */
  readonly coversMs: number;
  readonly queues: readonly QueueReport[];
  readonly names: readonly NameReport[];
  /** The window's parts, from the oldest to the current one; of a store that does not tell them, none. */
  readonly series: readonly SeriesReport[];
};

/** What happened in a part of the window, over all queues and names. */
export type SeriesReport = Omit<QueueReport, "queue" | "oldestMs"> &
  Pick<NameReport, "waited" | "ran"> & {
    /** When it began, by the store's clock, in ms since the epoch. */
    readonly from: number;
  };

export type QueueReport = {
  readonly queue: string;
  /** Jobs that were created. */
  readonly enqueued: number;
  /** Attempts that succeeded; `failed`: attempts that failed and are retried. */
  readonly completed: number;
  readonly failed: number;
  /** Jobs that became dead letters. */
  readonly dead: number;
  /** The time since the oldest waiting job became due, in ms; undefined if none waits. */
  readonly oldestMs: number | undefined;
};

/**
 * Figures of one job name's attempts. Times are in ms, within 2 % (`SKETCH_ERROR`); snoozed attempts are not counted.
 */
export type NameReport = {
  readonly name: string;
  /** Time from due to claim. */
  readonly waited: Spread;
  /** Time from claim to settlement. */
  readonly ran: Spread;
  /** The number of attempts that completed jobs needed. */
  readonly attempts: Spread;
};

/** The count of values, and their percentiles; undefined without values. */
export type Spread = {
  readonly count: number;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
};

/**
 * Reads a store's statistics of the last minute, hour or day, over all its shards: counts, times and attempts. The
 * store must have been given `statistics()`. Fails with `invalid_option` or `backend_failed`.
 *
 * ```ts
 * const { queues, names } = await readStats(adapter, { window: "hour" });
 * ```
 */
export async function readStats(store: Stats, options: { readonly window: StatsWindow }): Promise<StatsReport> {
  const aWindow = oneOf("minute", "hour", "day");
  withMethods("stats")(store, "store of readStats");
  checkOptions("readStats", options ?? {}, { window: aWindow });
  aWindow(options?.window, "window of readStats");
  const parts = await partsOf(store, options.window);
  const sum = newBucket();
  const oldest = new Map<string, number>();
  for (const part of parts) {
    addBucket(sum, unpackBucket(part));
    for (const { queue, waitedMs } of part.oldest) oldest.set(queue, Math.max(oldest.get(queue) ?? 0, waitedMs));
  }
  const none = { enqueued: 0, completed: 0, failed: 0, dead: 0 };
  const queues = [...new Set([...sum.queues.keys(), ...oldest.keys()])].sort();
  return {
    coversMs: Math.max(0, ...parts.map(({ coversMs }) => coversMs)),
    queues: queues.map((queue) => ({ queue, ...(sum.queues.get(queue) ?? none), oldestMs: oldest.get(queue) })),
    names: [...sum.names]
      .map(([name, { waited, ran, attempts }]) => ({
        name,
        waited: spreadOf(waited),
        ran: spreadOf(ran),
        attempts: spreadOf(attempts),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    series: addSeries(parts.map(({ series = [] }) => series)).map(({ waited, ran, ...counts }) => ({
      ...counts,
      waited: spreadOf(waited),
      ran: spreadOf(ran),
    })),
  };
}

async function partsOf(store: Stats, window: StatsWindow): ReturnType<Stats["stats"]> {
  try {
    return await store.stats(window);
  } catch (error) {
    throw backendFailure("stats", error);
  }
}

function spreadOf(sketch: Sketch): Spread {
  const at = (share: number): number | undefined => quantile(sketch, share);
  return { count: sketch.count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
