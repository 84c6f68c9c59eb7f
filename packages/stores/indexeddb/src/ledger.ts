import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { Figures, Tally } from "./figures.ts";
import { type Facts, type Part, type Row, isGone, newFacts, partOf, rowOf, stateAt } from "./row.ts";
import { JOBS, META, QUEUES } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import { type Counts, type QueueRow, type View, openView } from "./view.ts";

/** `seq`: the last place given; `token`: the last token given; `figures`: the version of the statistics. */
type Counters = { seq: number; token: number; figures: number };
const COUNTERS = "counters";

/**
 * A transaction that begins. Rows are read together with what every ledger needs: the browser's answers take turns, and
 * each turn that is waited for costs more than what is read in it.
 */
export type Opening = {
  readonly tx: IDBTransaction;
  /** Reads rows, for `get`. */
  load(ids: readonly string[]): Promise<Ledger>;
  /** The same for ids that are probably new: one request tells if none of them stands. */
  loadNew(ids: readonly string[]): Promise<Ledger>;
};

/** What a verb reads and writes, in one transaction: each row is read once and written once. */
export type Ledger = View & {
  /** Undefined if the store does not count. */
  readonly tally: Tally | undefined;
  /** Takes a row that was read; undefined if there is none. */
  adopt(id: string, row: Row | undefined): void;
  /** The row as it is by now, unless it is gone. */
  get(id: string): Row | undefined;
  /** What is to be of a row; undefined: nothing. */
  set(id: string, facts: Facts | undefined): void;
  /** Inserts a job whose id was loaded. */
  insert(job: NewJob): EnqueueAnswer;
  nextSeq(): number;
  nextToken(): number;
  /** For rows that are deleted without having been read. */
  count(queue: string, part: Part, by: number): void;
  /** Sends all writes. */
  flush(): void;
};

export function openLedger(tx: IDBTransaction, clock: () => number, figures: Figures | undefined): Opening {
  const jobs = tx.objectStore(JOBS);
  const opened = ledgerOf(tx, clock, figures);
  const each = (ids: readonly string[]) => Promise.all(ids.map((id) => answerTo<Row | undefined>(jobs.get(id))));
  const noneOrEach = async (ids: readonly string[]) => {
    const sorted = [...ids].sort();
    // Ids that the core makes follow each other, so nothing of other calls is between them.
    const standing = await answerTo(jobs.getKey(IDBKeyRange.bound(sorted[0] ?? "", sorted.at(-1) ?? "")));
    return standing === undefined ? [] : each(ids);
  };
  const load = async (ids: readonly string[], read = each): Promise<Ledger> => {
    const wanted = [...new Set(ids)];
    const [ledger, rows] = await Promise.all([opened, read(wanted)]);
    wanted.forEach((id, i) => ledger.adopt(id, rows[i]));
    return ledger;
  };
  return { tx, load, loadNew: (ids) => load(ids, noneOrEach) };
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
  const set = (id: string, facts: Facts | undefined): void => {
    rows.set(id, facts && rowOf(facts));
    changed.add(id);
  };

  const ledger: Ledger = {
    ...view,
    tally,
    adopt(id, row) {
      standing.set(id, row);
      rows.set(id, row === undefined || isGone(row, now) ? undefined : row);
    },
    get: (id) => rows.get(id),
    set,
    insert(job) {
      const row = rows.get(job.id);
      if (row !== undefined) return { status: "duplicate", state: stateAt(row, now) };
      set(job.id, newFacts(job, ledger.nextSeq(), now));
      tally?.enqueued(job, now);
      return { status: "created" };
    },
    nextSeq: () => ++counters.seq,
    nextToken: () => ++counters.token,
    count,
    flush() {
      for (const id of changed) {
        const [old, row] = [standing.get(id), rows.get(id)];
        if (old !== undefined) count(old.queue, partOf(old), -1);
        if (row !== undefined) {
          count(row.queue, partOf(row), 1);
          jobs.put(row);
        } else if (old !== undefined) jobs.delete(id);
      }
      for (const [queue, counts] of counted) {
        const row = queueOf(view, queue);
        if (differ(counts, row.counts)) putQueue(stored, { ...row, counts });
      }
      counters.figures = tally?.save(meta) ?? counters.figures;
      if (differ(counters, before)) meta.put(counters, COUNTERS);
    },
  };
  return ledger;
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
export function putQueue(queues: IDBObjectStore, row: QueueRow): void {
  if (row.paused || Object.values(row.counts).some((count) => count > 0)) queues.put(row);
  else queues.delete(row.queue);
}
