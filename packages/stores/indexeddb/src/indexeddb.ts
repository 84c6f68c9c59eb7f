import type { Duration } from "@longshore/core";
import {
  type Checks,
  type Closing,
  type Depth,
  type Keys,
  type ListSchedules,
  type Notify,
  type PauseFor,
  type Presence,
  type Settlement,
  type Stats,
  type Store,
  type Traits,
  type Update,
  aFunction,
  aLease,
  checkOptions,
  createClosing,
  duration,
  integer,
  mustBe,
  oneOf,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { claim } from "./claim.ts";
import { connect } from "./connection.ts";
import { cancel, pause, pauseFor, remove, replay, resume, runNow } from "./control.ts";
import { depth } from "./depth.ts";
import { enqueue } from "./enqueue.ts";
import { isFull } from "./errors.ts";
import { createFigures } from "./figures.ts";
import { counts, get, list } from "./inspect.ts";
import { release } from "./keys.ts";
import { type Ledger, type Opening, openLedger } from "./ledger.ts";
import { announce, workers } from "./presence.ts";
import { prune } from "./prune.ts";
import { fillReserve, releaseReserve } from "./reserve.ts";
import { advance, declare, dueInMs, listSchedules } from "./schedules.ts";
import { renew, settle } from "./settle.ts";
import { stats } from "./stats.ts";
import { update } from "./update.ts";
import { type View, openView } from "./view.ts";
import { createWakeups } from "./wakeups.ts";

export type IndexedDBTraits = Traits & {
  readonly durable: true;
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly dependencies: true;
  readonly limits: true;
  readonly throttle: true;
  readonly order: true;
  readonly ageing: true;
  readonly depth: true;
  readonly expiry: true;
  readonly ordered: true;
  readonly fenced: true;
};

/** The name is that of the global `indexedDB`, which a module that imports this one reaches as `globalThis.indexedDB`. */
export type IndexedDB = Store<IndexedDBTraits> &
  Keys &
  Depth &
  PauseFor &
  Update &
  ListSchedules &
  Notify &
  Presence &
  Closing;
export type IndexedDBOptions = {
  /**
   * `"strict"`: each call is on disk before it is answered. `"relaxed"`: a power cut may take the last calls, the end of
   * the browser may not; faster. Default: `"strict"`.
   */
  readonly durability?: "strict" | "relaxed" | undefined;
  /** How long a claim lasts unless renewed; at least 100 ms. Default: `"150s"`, because browsers slow hidden tabs down. */
  readonly lease?: Duration | undefined;
  /** How long to keep a dead letter. Default: `"30d"`. */
  readonly deadKeep?: Duration | undefined;
  /** How many dead letters to keep; the oldest are dropped first. Default: 10 000. */
  readonly maxDead?: number | undefined;
  /**
   * Collects the figures for `readStats`: `statistics()` of `@longshore/core/stats`. They are stored, and all tabs
   * count together. Default: none are collected.
   */
  readonly stats?: Statistics | undefined;
  /** Returns milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
};

const CHECKS: Checks<IndexedDBOptions> = {
  durability: oneOf("strict", "relaxed"),
  lease: aLease,
  deadKeep: duration(),
  maxDead: integer(0),
  stats: withMethods("enqueued", "settled", "read", "packAll", "packFresh", "unpack"),
  clock: aFunction,
};

const aName = mustBe("a text of 1 to 100 characters", (name) => typeof name === "string" && /^[^]{1,100}$/.test(name));

/**
 * Keeps jobs in the browser's IndexedDB, so that they survive reloads and work offline: in pages, workers and service
 * workers. All tabs of a site share the jobs of one name, and each may run a worker. The database, `longshore:` and the
 * name, is opened at the first call. Fails with `invalid_option` or `invalid_duration`. Calls fail with `invalid_option`
 * where the browser has no storage, `store_in_use` if a tab with an older version keeps the database open, and
 * `enqueue_failed` if the disk is full.
 *
 * ```ts
 * const answer = await createQueue(indexedDB("uploads")).enqueue(upload, { photo: 42 });
 * ```
 */
export function indexedDB(name: string, options: IndexedDBOptions & { readonly stats: Statistics }): IndexedDB & Stats;
export function indexedDB(name: string, options?: IndexedDBOptions): IndexedDB;
export function indexedDB(name: string, options: IndexedDBOptions = {}): IndexedDB & Partial<Stats> {
  aName(name, "name of indexedDB");
  checkOptions("indexedDB", options, CHECKS);
  const { durability = "strict", lease = "150s", deadKeep = "30d", maxDead = 10_000, clock = Date.now } = options;
  const bounds = { maxDead, deadKeepMs: toMs(deadKeep) };
  const database = `longshore:${name}`;
  const figures = options.stats && createFigures(options.stats);
  const { wake, onWake, close } = createWakeups(database);
  const closing = createClosing("indexeddb", () => {
    close();
    connection.close();
  });
  const connection = connect(database, durability, closing.check);

  const read = <T>(work: (view: View) => Promise<T>): Promise<T> =>
    connection.run("readonly", async (tx) => work(await openView(tx, clock)));
  const write = async <T>(work: (opening: Opening) => Promise<T>): Promise<T> => {
    let ledger: Ledger | undefined;
    const answer = await connection.run("readwrite", async (tx) => {
      const opening = openLedger(tx, clock, figures);
      const answer = await work(opening);
      ledger = await opening.load([]);
      await ledger.flush();
      return answer;
    });
    ledger?.tally?.committed();
    if (ledger?.wakes) wake();
    return answer;
  };
  /** For everything but new jobs: on a full disk it takes from the reserve. */
  const change = <T>(work: (opening: Opening) => Promise<T>): Promise<T> =>
    write(work).catch(async (error: unknown) => {
      if (!isFull(error) || !(await releaseReserve(connection))) throw error;
      return write(work);
    });
  /** The same, and wakes the workers afterwards. */
  const waking =
    (run: typeof change): typeof change =>
    async (work) => {
      const answer = await run(work);
      wake();
      return answer;
    };
  const [changeAndWake, insertAndWake] = [waking(change), waking(write)];

  return {
    name: "indexeddb",
    traits: {
      durable: true,
      unique: true,
      uniqueKeys: true,
      dependencies: true,
      limits: true,
      throttle: true,
      order: true,
      ageing: true,
      depth: true,
      expiry: true,
      ordered: true,
      fenced: true,
      maxDelayMs: Infinity,
      delayStepMs: 1,
      maxRunMs: Infinity,
      maxPayloadBytes: 1_000_000,
      leaseMs: toMs(lease),
    },

    enqueue: by(insertAndWake, enqueue),
    claim: by(change, claim),
    settle: (settlements) =>
      (settlements.some(leavesWork) ? changeAndWake : change)((opening) => settle(opening, settlements)),
    renew: by(change, renew),
    dueInMs: by(read, dueInMs),
    onWake,

    get: by(read, get),
    list: by(read, list),
    counts: () => read(counts),
    depth: by(read, depth),

    cancel: by(changeAndWake, cancel),
    replay: by(changeAndWake, replay),
    runNow: by(changeAndWake, runNow),
    remove: by(changeAndWake, remove),
    update: by(changeAndWake, update),
    pause: by(change, pause),
    pauseFor: by(change, pauseFor),
    resume: by(changeAndWake, resume),
    release: by(changeAndWake, release),
    async prune(limit) {
      const gone = await change((opening) => prune(opening, limit, bounds));
      await fillReserve(connection);
      return gone;
    },

    declare: by(change, declare),
    advance: by(insertAndWake, advance),
    listSchedules: by(read, listSchedules),
    announce: by(change, announce),
    workers: () => read(workers),
    ...(figures && {
      stats: (window) => read((view) => stats(view, figures, window)),
    }),

    ...closing.methods,
  };
}

/** A verb: runs the work on a transaction and its input. */
function by<Scope, Input extends readonly unknown[], Answer>(
  run: (work: (scope: Scope) => Promise<Answer>) => Promise<Answer>,
  work: (scope: Scope, ...input: Input) => Promise<Answer>,
): (...input: Input) => Promise<Answer> {
  return (...input) => run((scope) => work(scope, ...input));
}

/** Whether a job may be due after this that was not before. */
function leavesWork({ outcome, next }: Settlement): boolean {
  return outcome.type !== "complete" || next !== undefined;
}
