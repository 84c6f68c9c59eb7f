import type { NewJob, ParentEnd } from "@longshore/core/adapter";
import type { Figures, Tally } from "./figures.ts";
import { type Facts, type KeyPlace, type Part, type Row, isGone, newFacts, partsOf, rowOf, waiting } from "./row.ts";
import { rangesOf } from "./ranges.ts";
import { FAMILIES, JOBS, META, QUEUES, within } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import { type Counts, type QueueRow, type View, isPaused, openView } from "./view.ts";

/** `seq`: the last place given; `token`: the last token given; `figures`: the version of the statistics. */
type Counters = { seq: number; token: number; figures: number };
const COUNTERS = "counters";

/**
 * A transaction that begins. Rows are read together with what every ledger needs: the browser's answers take turns, and
 * each turn that is waited for costs more than what is read in it.
 */
export type Opening = {
  readonly tx: IDBTransaction;
  /** Reads rows, for `get`, and those that hold their unique keys or these ones, or wait behind, for `inPlace`. */
  load(ids: readonly string[], keys?: readonly string[]): Promise<Ledger>;
};

/**
 * The jobs with one key of a limit, as they were when the transaction began. `runs`: how many of them run. `after`: up to
 * where those that wait behind the key were read; undefined once they all were.
 */
export type Lane = { readonly runs: number; after: IDBValidKey | undefined };

/** The end of a job that belongs to a family. Its worker may not know of it before an instant. */
type End = { readonly row: Row; readonly how: ParentEnd; readonly notBefore: number };

/** What a verb reads and writes, in one transaction: each row is read once and written once. */
export type Ledger = View & {
  /** Undefined if the store does not count. */
  readonly tally: Tally | undefined;
  /** Takes a row that was read, unless it was read before; undefined if there is none. */
  adopt(id: string, row: Row | undefined): void;
  /** Takes the rows in the places of a unique key. */
  adoptKeyed(rows: readonly Row[]): void;
  /** The row as it is by now, unless it is gone. */
  get(id: string): Row | undefined;
  /** The job that holds a unique key that was loaded, or that waits behind it. */
  inPlace(place: KeyPlace, key: string): Row | undefined;
  /** The rows that were read or made, as they are by now. */
  known(): readonly Row[];
  /** How many rows of the database are such by now; `stored`: how many were when the transaction began. */
  countNow(stored: number, isSuch: (row: Row) => boolean): number;
  isKnown(id: string): boolean;
  isChanged(id: string): boolean;
  /** What is to be of a row; undefined: nothing. */
  set(id: string, facts: Facts | undefined): void;
  /** A row waits from now on for a claim, or behind the key of its limit. */
  wait(facts: Facts): void;
  /** The keys of limits that were read, their rates, and those behind which another job may start. */
  readonly lanes: Map<string, Promise<Lane>>;
  readonly tats: Map<string, Promise<number | undefined>>;
  readonly changedLanes: Set<string>;
  /** The ends of which families have not heard. */
  readonly ends: End[];
  /** Of jobs that wait for their parents: how many have not ended. Undefined: it does not wait any more. */
  readonly open: Map<string, number | undefined>;
  /** Makes the row of a new job. */
  create(job: NewJob, key?: Pick<Facts, "held" | "place">): void;
  /** Whether a job need not wait for another any more. */
  wakes: boolean;
  nextSeq(): number;
  nextToken(): number;
  /** For rows that are deleted without having been read. */
  count(queue: string, part: Part, by: number): void;
  /** Sends all writes. */
  flush(): Promise<void>;
};

export function openLedger(tx: IDBTransaction, clock: () => number, figures: Figures | undefined): Opening {
  const jobs = tx.objectStore(JOBS);
  const unique = jobs.index("unique");
  const opened = ledgerOf(tx, clock, figures);
  const read = async (ids: readonly string[]): Promise<(Row | undefined)[]> => {
    const ranges = await rangesOf(jobs, ids);
    const found = ranges.map((range) =>
      // A list costs more.
      typeof range === "string" ? answerTo<Row | undefined>(jobs.get(range)) : answerTo<Row[]>(jobs.getAll(range)),
    );
    return (await Promise.all(found)).flat();
  };
  return {
    tx,
    async load(ids, keys = []) {
      const [ledger, rows] = await Promise.all([opened, read(ids)]);
      const held = new Set(keys);
      for (const row of rows) {
        if (row === undefined) continue;
        ledger.adopt(row.id, row);
        if (row.held) held.add(row.held.key);
      }
      for (const id of ids) ledger.adopt(id, undefined);
      await Promise.all([...held].map(async (key) => ledger.adoptKeyed(await answerTo(unique.getAll(within([key]))))));
      return ledger;
    },
  };
}

async function ledgerOf(tx: IDBTransaction, clock: () => number, figures: Figures | undefined): Promise<Ledger> {
  const [jobs, stored, meta] = [tx.objectStore(JOBS), tx.objectStore(QUEUES), tx.objectStore(META)];
  const [counters, view] = await Promise.all([readCounters(meta), openView(tx, clock)]);
  const { now } = view;
  const before = { ...counters };
  const tally = await figures?.begin(meta, counters.figures);
  /** As they are stored, and as they are to be. */
  const standing = new Map<string, Row | undefined>();
  const rows = new Map<string, Row | undefined>();
  const changed = new Set<string>();
  const counted = new Map<string, Counts>();

  const count = (queue: string, part: Part, by: number): void => {
    const counts = counted.get(queue) ?? { ...queueOf(view, queue).counts };
    counts[part] = (counts[part] ?? 0) + by;
    counted.set(queue, counts);
  };
  const countRow = (row: Row, by: number): void => {
    for (const part of partsOf(row)) count(row.queue, part, by);
  };
  const changedLanes = new Set<string>();
  const ends: End[] = [];
  const open = new Map<string, number | undefined>();
  const set = (id: string, facts: Facts | undefined): void => {
    const old = rows.get(id);
    if (old?.parents?.waits && !facts?.parents?.waits) open.set(id, undefined);
    if (old && isEnd(old, facts)) ends.push(endOf(old, facts, now));
    for (const one of [old, facts]) if (one?.limits?.key !== undefined) changedLanes.add(one.limits.key);
    rows.set(id, facts && rowOf(facts));
    changed.add(id);
  };
  const wait = (facts: Facts): void => set(facts.id, waiting(facts, now));
  const present = (some: Map<string, Row | undefined>): Row[] => [...some.values()].filter((row) => row !== undefined);

  const ledger: Ledger = {
    ...view,
    tally,
    adopt(id, row) {
      if (standing.has(id) || rows.has(id)) return;
      standing.set(id, row);
      rows.set(id, row === undefined || isGone(row, now) ? undefined : row);
    },
    adoptKeyed(found) {
      for (const row of found) {
        ledger.adopt(row.id, row);
        // Its time is over.
        const isOver = row.ended !== undefined && row.held !== undefined && row.held.until <= now;
        // One that is past its own time stays away.
        if (isOver && rows.get(row.id) !== undefined) set(row.id, { ...row, place: undefined });
      }
    },
    get: (id) => rows.get(id),
    inPlace(place, key) {
      for (const row of rows.values()) if (row?.place === place && row.held?.key === key) return row;
      return undefined;
    },
    known: () => present(rows),
    countNow: (stored, isSuch) =>
      stored - present(standing).filter(isSuch).length + present(rows).filter(isSuch).length,
    isKnown: (id) => rows.has(id),
    isChanged: (id) => changed.has(id),
    set,
    wait,
    lanes: new Map(),
    tats: new Map(),
    changedLanes,
    ends,
    open,
    create(job, key) {
      wait({ ...newFacts(job, ledger.nextSeq(), now, key?.held), ...key });
      tally?.enqueued(job, now);
    },
    wakes: false,
    nextSeq: () => ++counters.seq,
    nextToken: () => ++counters.token,
    count,
    async flush() {
      const gone = [...changed].filter((id) => standing.get(id) !== undefined && rows.get(id) === undefined);
      for (const range of await rangesOf(jobs, gone)) jobs.delete(range);
      for (const id of changed) {
        const [old, row] = [standing.get(id), rows.get(id)];
        if (old !== undefined) countRow(old, -1);
        if (row === undefined) continue;
        countRow(row, 1);
        jobs.put(row);
      }
      const families = tx.objectStore(FAMILIES);
      for (const [id, parents] of open) {
        if (parents === undefined) families.delete(id);
        else families.put(parents, id);
      }
      for (const [queue, counts] of counted) {
        const row = queueOf(view, queue);
        if (differ(counts, row.counts)) putQueue(stored, { ...row, counts }, now);
      }
      counters.figures = tally?.save(meta) ?? counters.figures;
      if (differ(counters, before)) meta.put(counters, COUNTERS);
    },
  };
  return ledger;
}

function isEnd({ n, parents, ended }: Row, facts: Facts | undefined): boolean {
  return (n !== undefined || parents !== undefined) && ended === undefined && (!facts || facts.ended !== undefined);
}

function endOf(row: Row, facts: Facts | undefined, now: number): End {
  const how = facts?.ended?.state ?? "removed";
  return { row, how, notBefore: how === "cancelled" && row.leased ? Math.max(now, row.dueAt) : now };
}

export async function readCounters(meta: IDBObjectStore): Promise<Counters> {
  return (await answerTo<Counters | undefined>(meta.get(COUNTERS))) ?? { seq: 0, token: 0, figures: 0 };
}

export function queueOf({ queues }: Pick<View, "queues">, queue: string): QueueRow {
  return queues.get(queue) ?? { queue, paused: false, counts: {} };
}

function differ(a: object, b: object): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}

/** A queue of which there is nothing to say has no row. */
export function putQueue(queues: IDBObjectStore, row: QueueRow, now: number): void {
  if (isPaused(row, now) || Object.values(row.counts).some((count) => count > 0)) queues.put(row);
  else queues.delete(row.queue);
}
