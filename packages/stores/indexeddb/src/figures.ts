import type { Statistics } from "@longshore/core/stats";
import { answerTo } from "./transaction.ts";

/**
 * The statistics of a store whose tabs all count into the same ones. What a call counts is stored in its own
 * transaction. A version tells whether the figures in memory are those of the database, so that they are read only
 * after another tab has counted.
 */
export type Figures = {
  /** Brings the memory up to this version of the database, for the transaction that begins. */
  begin(meta: IDBObjectStore, version: number): Promise<Tally>;
};

/** The figures within one transaction. */
export type Tally = Pick<Statistics, "enqueued" | "settled" | "read"> & {
  /** Stores what was counted. Returns the version of the figures from now on. */
  save(meta: IDBObjectStore): number;
  committed(): void;
};

/** Everything, and what came since, which is written more often. */
const ALL = "figures";
const FRESH = "figures, fresh";
/** After this many attempts, or this long, everything is written; so `fresh` stays small. */
const MOST_FRESH = 100;
const FRESH_MS = 600_000;

export function createFigures(statistics: Statistics): Figures {
  /** The version in memory; undefined from a transaction's begin to its commit, after which it may differ. */
  let known: number | undefined;
  let begun = 0;
  let packedAt = 0;

  return {
    async begin(meta, version) {
      const mine = ++begun;
      const isKnown = known === version;
      known = undefined;
      if (!isKnown) {
        const [all, fresh] = await Promise.all([answerTo(meta.get(ALL)), answerTo(meta.get(FRESH))]);
        statistics.unpack(all, fresh);
      }
      let countedAt: number | undefined;
      return {
        enqueued(job, now) {
          countedAt = now;
          statistics.enqueued(job, now);
        },
        settled(job, attempt, now) {
          countedAt = now;
          statistics.settled(job, attempt, now);
        },
        read: (window, now) => statistics.read(window, now),
        save(meta) {
          if (countedAt === undefined) return version;
          if (statistics.fresh() >= MOST_FRESH || Math.abs(countedAt - packedAt) > FRESH_MS) {
            packedAt = countedAt;
            meta.put(statistics.packAll(), ALL);
          }
          meta.put(statistics.packFresh(), FRESH);
          return ++version;
        },
        committed() {
          if (begun === mine) known = version;
        },
      };
    },
  };
}
