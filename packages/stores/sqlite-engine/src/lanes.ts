import { type Limits, nextTat, opensAt } from "@longshore/core/adapter";
import type { HeldLease } from "./leases.ts";
import { limitsOf } from "./limits.ts";
import { LIMITED_FORMAT } from "./formats.ts";
import { raiseFormat } from "./table-creation.ts";
import type { Row } from "./row.ts";
import type { Tables } from "./tables.ts";

/**
 * The jobs with a key of a limit: those that run, the one that may start, and those that wait behind both. The first are
 * found by their leases; of the others, each that is due has its `lane`, the key, in `about`. So a job without limits
 * costs nothing.
 */
export type Lanes = {
  load(): void;
  /** Makes the index before the first job with limits. */
  prepare(): void;
  /** The keys behind which another job may start. */
  readonly changed: Set<string>;
  /** Whether fewer jobs run than its limit. */
  hasPlace(limits: Limits): boolean;
  /** Whether no other stands before it in its order. */
  hasTurn(limits: Limits, id: string): boolean;
  /** When the rate of its key lets the next job start. */
  opensAt(limits: Limits, now: number): number;
  /** The job that may start; only a claim takes it. */
  ready(key: string): string | undefined;
  makeReady(key: string, id: string): void;
  start(id: string, limits: Limits | undefined, now: number): void;
  /** The job neither runs nor may start any more. */
  leave(id: string, about: string, leased: boolean): void;
  /** Removes what is stored of keys whose rate lets any job start. */
  sweep(now: number): void;
};

/** A key with a rate has a row of its own, with its TAT. */
const TAT = "tat:";
const OVER = "DELETE FROM longshore_meta WHERE id>? AND id<? AND CAST(value AS REAL)<=?";

const LANE = "json_extract(about,'$.lane')";
/** The second condition tells the planner that the index has all such rows. */
const AMONG = `FROM longshore_jobs WHERE ${LANE}=? AND ${LANE} IS NOT NULL AND waiting`;
/** The first job that waits behind a key. */
export const PARKED: string = `SELECT * ${AMONG}=0 ORDER BY priority,due,seq LIMIT 1`;
const THROUGH = `SELECT id ${AMONG}=1`;

export function openLanes(tables: Tables, held: ReadonlyMap<string, HeldLease>): Lanes {
  const { sql } = tables;
  const running = new Map<string, number>();
  /** Read when a key is first asked for. */
  const through = new Map<string, string | undefined>();
  const changed = new Set<string>();
  /** Those that were asked for. */
  const tats = new Map<string, number | undefined>();
  let prepared = false;
  const tatOf = (key: string): number | undefined => {
    if (!tats.has(key)) tats.set(key, tables.getMeta<number>(TAT + key));
    return tats.get(key);
  };
  const count = (limits: Limits | undefined, by: number): void => {
    if (limits?.key === undefined) return;
    const n = (running.get(limits.key) ?? 0) + by;
    if (n === 0) running.delete(limits.key);
    else running.set(limits.key, n);
  };

  const lanes: Lanes = {
    changed,
    load() {
      prepared = false;
      changed.clear();
      through.clear();
      tats.clear();
      running.clear();
      for (const { limits } of held.values()) count(limits, 1);
    },
    prepare() {
      if (through.size > MOST_READ) through.clear();
      if (tats.size > MOST_READ) tats.clear();
      if (prepared) return;
      prepared = true;
      sql(
        `CREATE INDEX IF NOT EXISTS longshore_lanes ON longshore_jobs(${LANE},waiting,priority,due,seq) WHERE ${LANE} IS NOT NULL`,
      );
      raiseFormat(tables, LIMITED_FORMAT);
    },
    hasPlace: ({ key, running: most = Infinity }) => key === undefined || (running.get(key) ?? 0) < most,
    hasTurn({ key, ordered }, id) {
      if (key === undefined || !ordered) return true;
      const first = lanes.ready(key);
      return first === undefined || first === id;
    },
    opensAt: ({ key, rate }, now) => (key === undefined || rate === undefined ? now : opensAt(rate, tatOf(key), now)),
    ready(key) {
      if (!through.has(key)) {
        // Those that run have left the order, but their rows still say that they may start.
        const ids = sql<Pick<Row, "id">>(THROUGH, key).map(({ id }) => id);
        lanes.makeReady(key, ids.find((id) => !held.has(id)) as string); // or none
      }
      return through.get(key);
    },
    makeReady: (key, id) => void through.set(key, id),
    start(id, limits, now) {
      if (limits?.key === undefined) return;
      count(limits, 1);
      if (limits.rate !== undefined) {
        const tat = nextTat(limits.rate, tatOf(limits.key), now);
        tats.set(limits.key, tat);
        tables.setMeta(TAT + limits.key, tat);
      }
      if (lanes.ready(limits.key) === id) through.set(limits.key, undefined);
      changed.add(limits.key);
    },
    leave(id, about, leased) {
      const limits = limitsOf(about);
      if (limits?.key === undefined) return;
      // A run that has ended: its row still says that it may start, and must not be taken for the one that may.
      if (leased) count(limits, -1);
      else if (lanes.ready(limits.key) === id) through.set(limits.key, undefined);
      changed.add(limits.key);
    },
    sweep(now) {
      if (tats.size === 0) return;
      tables.sql(OVER, TAT, `${TAT}\uffff`, now);
      tats.clear();
    },
  };
  return lanes;
}

/** How many keys are remembered with the job that may start. */
const MOST_READ = 10_000;
