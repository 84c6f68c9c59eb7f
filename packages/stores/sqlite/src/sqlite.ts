import { LongshoreError } from "@longshore/core";
import {
  type Checks,
  type Closing,
  type Depth,
  type GroupLimits,
  type Keys,
  type ListSchedules,
  type NewJob,
  type Notify,
  type Presence,
  type Stats,
  type Store,
  type Traits,
  type PauseFor,
  type Update,
  type Within,
  checkOptions,
  completeWithin,
  createClosing,
  createGroups,
  mustBe,
  oneOf,
  toMs,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import {
  STORE_CHECKS,
  type StoreOptions,
  enqueueOver,
  openSharing,
  openState,
  storeOver,
} from "@longshore/sqlite-engine";
import { type SqliteHandle, databaseOver } from "./handle.ts";
import { configure, openFile, starting, waitingForLocks } from "./open.ts";
import { presence } from "./presence.ts";
import { userTransactions } from "./transactions.ts";
import { createWakeUps } from "./wake-ups.ts";

export type SqliteTraits = Traits & {
  readonly durable: true;
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly limits: true;
  readonly throttle: true;
  readonly dependencies: true;
  readonly expiry: true;
  readonly depth: true;
  readonly order: true;
  readonly ageing: true;
  readonly ordered: true;
  readonly fenced: true;
};

export type SqliteOptions = StoreOptions & {
  /**
   * `"full"`: each call is on disk before it is answered. `"normal"`: a power cut may take the last calls, the end of
   * the process may not; several times as fast on most disks. For a path only. Default: `"full"`.
   */
  readonly synchronous?: "full" | "normal" | undefined;
};

export type Sqlite = Store<SqliteTraits> &
  Keys &
  Depth &
  PauseFor &
  Update &
  ListSchedules &
  Notify &
  Presence &
  Closing & {
    /**
     * Enqueues jobs in the transaction that is open on this handle, or completes the job of a handler in it: both count
     * if and only if it commits. The handle must be the one that the store was made with. Fails with `invalid_option`
     * if no transaction is open.
     */
    within(handle: SqliteHandle): Within<SqliteTraits>;
  };

/** Most of the price of an enqueue is its transaction. One blocks the process, so it has at most so many jobs. */
const ENQUEUES: GroupLimits<NewJob> = { lanes: 1, items: 1_000, isAboutOne: () => true };

/** An empty path is a file without a name, which SQLite deletes with the handle. */
const isDatabase = (value: unknown): boolean => {
  const { exec, prepare, close } = Object(value) as Partial<SqliteHandle>;
  return typeof value === "string"
    ? value !== ""
    : [exec, prepare, close].every((method) => typeof method === "function");
};
const aDatabase = mustBe("a path, or an open database", isDatabase);

const CHECKS: Checks<SqliteOptions> = { ...STORE_CHECKS, synchronous: oneOf("full", "normal") };

/**
 * Keeps jobs in a SQLite file, for any number of processes of one machine: ids, states, priorities, delays of any
 * length, schedules, dead letters. Takes a path, or an open database of `node:sqlite`, better-sqlite3 or `bun:sqlite`.
 * Fails with `store_in_use` if the handle already has a store, with `invalid_duration`, or with `invalid_option`, also where
 * SQLite cannot open the database or write to it.
 */
export function sqlite(
  database: string | SqliteHandle,
  options: SqliteOptions & { readonly stats: Statistics },
): Sqlite & Stats;
export function sqlite(database: string | SqliteHandle, options?: SqliteOptions): Sqlite;
export function sqlite(source: string | SqliteHandle, options: SqliteOptions = {}): Sqlite & Partial<Stats> {
  aDatabase(source, "database of sqlite");
  checkOptions("sqlite", options, CHECKS);
  const { clock = Date.now, lease = "30s", synchronous = "full", maxBytes = Number.MAX_SAFE_INTEGER } = options;
  const { handle, database, release } = starting(source, () => opened(source, synchronous));
  const state = openState(database, { ...options, maxBytes }, openSharing);
  const store = storeOver(state);
  let workers: ReturnType<typeof presence>;
  try {
    // Makes the tables, or refuses those of a newer version now, and not at the first job.
    workers = starting(source, () =>
      waitingForLocks(handle, () => state.atomic.write(() => presence(database, clock))),
    );
  } catch (error) {
    release();
    throw error;
  }
  const wakeUps = createWakeUps(database);
  const closing = createClosing("sqlite", () => {
    wakeUps.close();
    release();
  });
  /** The handle of a path, once closed, throws at any question. */
  const isOpen = (): boolean => {
    closing.check();
    return database.isOpen();
  };
  const transactions = userTransactions(isOpen, state.atomic.forget, wakeUps.wake);

  const traits: SqliteTraits = {
    durable: true,
    unique: true,
    uniqueKeys: true,
    limits: true,
    throttle: true,
    dependencies: true,
    expiry: true,
    depth: true,
    order: true,
    ageing: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    maxRunMs: Infinity,
    maxPayloadBytes: 1_000_000,
    leaseMs: toMs(lease),
  };
  /** A verb of the store, made asynchronous. */
  const verb =
    <I extends readonly unknown[], O>(run: (...input: I) => O) =>
    (...input: I): Promise<O> =>
      transactions.outside(() => run(...input));
  /** One after which a job may be due sooner. */
  const waking =
    <I extends readonly unknown[], O>(run: (...input: I) => O, wakes: (...input: I) => boolean = () => true) =>
    (...input: I): Promise<O> =>
      transactions.outside(() => {
        const answer = run(...input);
        if (wakes(...input)) wakeUps.wake();
        return answer;
      });

  // A call with jobs that come after others is refused as a whole: it is in no group.
  const linked = waking(enqueueOver(state));
  const grouped = createGroups(linked, ENQUEUES);

  return {
    name: "sqlite",
    traits,

    enqueue: (jobs) => (isLinked(jobs) ? linked(jobs) : grouped(jobs)),
    async claim(request) {
      const jobs = await transactions.outside(() => store.claim(request));
      // Others may have waited for the end of those.
      if (jobs.some(({ expired }) => expired)) wakeUps.wake();
      return jobs;
    },
    settle: waking(store.settle, (settlements) => {
      const { passedOn } = state.keys;
      state.keys.passedOn = false;
      return passedOn || settlements.some(({ outcome, next }) => outcome.type !== "complete" || next !== undefined);
    }),
    renew: verb(store.renew),
    dueInMs: verb(store.dueInMs),
    onWake: wakeUps.onWake,

    get: verb(store.get),
    list: verb((request) => store.list(request)),
    counts: verb(store.counts),
    cancel: waking(store.cancel),
    replay: waking(store.replay),
    runNow: waking(store.runNow),
    remove: waking(store.remove),
    pause: verb(store.pause),
    depth: verb(store.depth),
    pauseFor: verb(store.pauseFor),
    resume: waking(store.resume),
    update: waking(store.update),
    release: waking(store.release),
    prune: verb(store.prune),
    declare: verb(store.declare),
    advance: waking(store.advance),
    listSchedules: verb(store.listSchedules),
    announce: verb(workers.announce),
    workers: verb(workers.workers),
    ...(options.stats && { stats: verb(store.stats) }),

    within(theirs) {
      if (theirs !== handle) throw new LongshoreError("invalid_option", ANOTHER_HANDLE);
      return {
        name: "sqlite",
        traits,
        enqueue: async (jobs) => transactions.inside(() => store.enqueue(jobs)),
        complete: (context, result) =>
          completeWithin(context, result, {
            settle: async (settlements) => transactions.inside(() => store.settle(settlements)),
            // The end of the transaction is seen here, and figures are part of it.
            committed() {},
          }),
      };
    },
    ...closing.methods,
  };
}

const isLinked = (jobs: readonly NewJob[]): boolean => jobs.some(({ after }) => after !== undefined);

const ANOTHER_HANDLE =
  "within() takes the database handle that the store was made with, sqlite(db), because a transaction belongs to one handle.";

/** The database of a path or of the user's handle. `release` gives up what this has opened and marked. */
function opened(source: string | SqliteHandle, synchronous: "full" | "normal") {
  const isPath = typeof source === "string";
  const handle: MarkedHandle = isPath ? openFile(source) : source;
  // Its stores would not see each other's changes, which SQLite tells other connections only.
  if (handle[MARK]) throw new LongshoreError("store_in_use", HANDLE_IN_USE);
  handle[MARK] = true;
  const release = (): void => {
    handle[MARK] = false;
    if (isPath) handle.close();
  };
  try {
    if (isPath) configure(handle, synchronous);
    return { handle, database: databaseOver(handle), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** On a handle that has a store. There may be two copies of this package. */
const MARK = Symbol.for("longshore.sqlite");
type MarkedHandle = SqliteHandle & { [MARK]?: boolean };

const HANDLE_IN_USE =
  "This handle already has a store: use that one, close() it first, or open the file once more and give each store a handle of its own.";
