import type { ClaimedJob, ScheduleRow } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { type Atomic, atomicOver } from "./atomic.ts";
import { makeTables } from "./format.ts";
import { type Leases, openLeases } from "./leases.ts";
import type { SqlHome } from "./schema.ts";
import { type Tables, openTables } from "./tables.ts";
import { DEFAULT_LEASE_MS } from "./traits.ts";
import { type Waiting, openWaiting } from "./waiting.ts";

/** How a store starts jobs by itself, without waiting for a claim. */
type Starter = {
  /** The most jobs that run at a time. */
  readonly maxRunning: number;
  /** So many are started together, where there is a choice. */
  readonly batch: number;
  /**
   * Those that hold leases, by token. Their transaction may yet be rolled back; then others get their tokens, which
   * nobody has seen.
   */
  readonly begun: Map<number, ClaimedJob>;
};

export type StoreOptions = {
  /** Milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: () => number;
  /** How long a claim holds unless renewed, in ms. Default: 30 000. */
  readonly leaseMs?: number;
  /**
   * How large the object's database may be, in bytes, before completed and cancelled jobs are dropped ahead of their
   * time. Default: 5 000 000 000, half of what the platform allows.
   */
  readonly maxBytes?: number;
  /** How long a dead letter is kept, in ms. Default: 30 days. */
  readonly deadKeepMs?: number;
  /** The most dead letters that are kept; the oldest go first. Default: 10 000. */
  readonly maxDead?: number;
  /**
   * How many jobs of a queue run at a time, whoever runs them: `{ payments: 1 }`. From 1; a job counts until it is
   * settled or its lease is over. Default: no limit. With shards, each of them runs so many.
   */
  readonly queues?: Readonly<Record<string, number>>;
  /**
   * Counts what passes through, for `readStats`: `statistics()` of `@longshore/core/stats`, a new one for each object.
   * One row more is written for a hundred attempts. Default: nobody counts.
   */
  readonly stats?: Statistics;
  /** @internal */
  readonly starter?: Starter | undefined;
  /** @internal Called after every call that wrote something, before the turn ends. */
  readonly changed?: () => void;
};

/** What all verbs work on: the tables, and in memory what would cost too much to read or to store each time. */
export type Books = {
  readonly tables: Tables;
  readonly atomic: Atomic;
  readonly leases: Leases;
  readonly waiting: Waiting;
  readonly paused: Set<string>;
  readonly schedules: Map<string, ScheduleRow>;
  readonly storage: SqlHome;
  readonly stats: Statistics | undefined;
  readonly options: Required<Omit<StoreOptions, "starter" | "changed" | "stats">>;
  readonly starter: Starter | undefined;
};

export function openBooks(storage: SqlHome, options: StoreOptions): Books {
  const tables = openTables(storage);
  const { stats, starter } = options;
  const leases = openLeases(tables, stats);
  const paused = new Set<string>();
  const waiting = openWaiting(
    tables,
    (id) => leases.held.has(id),
    (queue) => paused.has(queue),
  );
  const schedules = new Map<string, ScheduleRow>();

  const load = (): void => {
    makeTables(tables);
    leases.load();
    paused.clear();
    for (const queue of tables.marked<string[]>("paused") ?? []) paused.add(queue);
    waiting.load();
    schedules.clear();
    for (const [name, row] of tables.marked<[string, ScheduleRow][]>("schedules") ?? []) schedules.set(name, row);
  };
  const all = {
    clock: Date.now,
    leaseMs: DEFAULT_LEASE_MS,
    maxBytes: 5e9,
    deadKeepMs: 30 * 86_400_000,
    maxDead: 10_000,
    queues: {},
    ...options,
  };
  const atomic = atomicOver(
    storage,
    tables,
    () => all.clock(),
    load,
    () => options.changed?.(),
  );
  return { tables, leases, waiting, paused, schedules, storage, atomic, stats, options: all, starter };
}
