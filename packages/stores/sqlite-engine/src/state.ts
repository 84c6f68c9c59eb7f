import type { Duration } from "@longshore/core";
import {
  type Checks,
  type ClaimedJob,
  aFunction,
  aLease,
  byQueue,
  duration,
  withMethods,
  integer,
  toMs,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { type Atomic, atomicOver } from "./atomic.ts";
import { type Cursors, openCursors } from "./cursors.ts";
import type { Database } from "./database.ts";
import { FORMAT, SHARED_FORMAT } from "./formats.ts";
import { makeTables } from "./table-creation.ts";
import { type Leases, openLeases } from "./leases.ts";
import { NO_SMALL_JOBS, type OpenSmallJobs } from "./small-jobs.ts";
import { type Tables, openTables } from "./tables.ts";
import { type Families, openFamilies } from "./family.ts";
import { type Keys, openKeys } from "./keys.ts";
import { type Lanes, openLanes } from "./lanes.ts";
import { type Depths, openDepths } from "./depths.ts";
import type { OpenSharing, Sharing } from "./sharing.ts";
import { type Waiting, openWaiting } from "./waiting.ts";

/** How a store starts jobs by itself, without a claim. */
type AutoStart = {
  /** How many jobs may run at a time. */
  readonly maxRunning: number;
  /** How many jobs to start together, if possible. */
  readonly batch: number;
  /** As that of a claim. */
  readonly priorityAgeMs?: number | undefined;
  /**
   * The started jobs by token. If their transaction is rolled back, other jobs get the same tokens, which nobody has
   * seen.
   */
  readonly started: Map<number, ClaimedJob>;
};

export type StoreOptions = {
  /** Returns milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** How long a claim lasts unless renewed; at least 100 ms. Default: `"30s"`. */
  readonly lease?: Duration | undefined;
  /**
   * The size of the object's database, in bytes, from which on completed and cancelled jobs are dropped early. Default:
   * 5 000 000 000, half of the platform's limit.
   */
  readonly maxBytes?: number | undefined;
  /** How long to keep a dead letter. Default: `"30d"`. */
  readonly deadKeep?: Duration | undefined;
  /** How many dead letters to keep; the oldest are dropped first. Default: 10 000. */
  readonly maxDead?: number | undefined;
  /**
   * How many jobs of each queue may run at a time, whoever runs them: `{ payments: 1 }`. At least 1; a job counts until
   * it is settled or its lease ends. Each shard has its own count. Default: no limit.
   */
  readonly queues?: Readonly<Record<string, number>> | undefined;
  /**
   * Collects the figures for `readStats`: `statistics()` of `@longshore/core/stats`, a new one for each object. Writes
   * one more row per hundred attempts. Default: none are collected.
   */
  readonly stats?: Statistics | undefined;
};

/** For the home of an engine, such as a Durable Object; not for its users. */
export type EngineOptions = StoreOptions & {
  readonly autoStart?: AutoStart | undefined;
  /** Where no other connection uses the database: the rooms of small jobs. Default: each job has a row of its own. */
  readonly smallJobs?: OpenSmallJobs | undefined;
  /** True if there is no runner although one was expected. */
  readonly noRunner?: boolean;
  /** Called after every call that wrote something, before the turn ends. */
  readonly changed?: (() => void) | undefined;
};

export const STORE_CHECKS: Checks<StoreOptions> = {
  clock: aFunction,
  lease: aLease,
  maxBytes: integer(1),
  deadKeep: duration(),
  maxDead: integer(0),
  queues: byQueue(integer(1)),
  stats: withMethods("enqueued", "settled", "read"),
};

/** What all verbs work on: the tables, and in memory whatever is too expensive to read or store each time. */
export type StoreState = {
  readonly tables: Tables;
  readonly atomic: Atomic;
  readonly leases: Leases;
  readonly waiting: Waiting;
  /** When the pause of a queue ends. */
  readonly paused: Map<string, number>;
  readonly cursors: Cursors;
  readonly keys: Keys;
  readonly lanes: Lanes;
  readonly depths: Depths;
  readonly families: Families;
  readonly database: Database;
  /** Of a file. */
  readonly sharing: Sharing | undefined;
  readonly stats: Statistics | undefined;
  readonly options: { readonly [K in "clock" | "maxBytes" | "maxDead" | "queues"]-?: NonNullable<StoreOptions[K]> } & {
    readonly leaseMs: number;
    readonly deadKeepMs: number;
  };
  readonly autoStart: AutoStart | undefined;
  readonly noRunner: boolean;
};

/** Each paused queue has its own row, with the end of its pause, or 1 if it has none. */
export const PAUSED = "paused:";

export function openState(database: Database, options: EngineOptions, openSharing?: OpenSharing): StoreState {
  const { stats, autoStart, noRunner = false, lease = "30s", deadKeep = "30d" } = options;
  const { clock = Date.now, maxBytes = 5e9, maxDead = 10_000, queues = {}, smallJobs = () => NO_SMALL_JOBS } = options;
  const tables = openTables(database, smallJobs);
  const leases = openLeases(tables, stats, database.shared !== undefined);
  const paused = new Map<string, number>();
  const waiting = openWaiting(
    tables,
    (id) => leases.held.has(id),
    (queue) => paused.has(queue),
  );
  const cursors = openCursors(tables);
  const keys = openKeys(tables);
  const lanes = openLanes(tables, leases.held);
  const depths = openDepths(tables);
  const families = openFamilies(tables);
  const sharing = database.shared && openSharing?.(tables, stats);

  const load = (): void => {
    makeTables(tables, sharing ? SHARED_FORMAT : FORMAT);
    leases.load();
    sharing?.load();
    paused.clear();
    for (const { id, value } of tables.metaIn<number>(PAUSED)) paused.set(id, value === 1 ? Infinity : value);
    waiting.load();
    cursors.load();
    keys.load();
    lanes.load();
    depths.load();
    families.load();
  };
  const save = (): void => {
    leases.save();
    depths.save();
    sharing?.save();
  };
  const all = { clock, leaseMs: toMs(lease), maxBytes, deadKeepMs: toMs(deadKeep), maxDead, queues };
  const atomic = atomicOver(
    database,
    tables,
    () => {
      const now = all.clock();
      for (const [queue, until] of paused) {
        if (until > now) continue;
        paused.delete(queue);
        waiting.changed(queue);
      }
      return now;
    },
    { load, save },
    () => options.changed?.(),
  );
  const memory = { leases, waiting, paused, cursors, keys, lanes, depths, families };
  return { tables, ...memory, database, sharing, atomic, stats, options: all, autoStart, noRunner };
}
