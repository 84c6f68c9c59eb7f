import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { Figures, Tally } from "./figures.ts";
import { type Facts, type Part, type Row, isGone, newFacts, partOf, rowOf, stateAt } from "./row.ts";
import { JOBS, META, QUEUES } from "./tables.ts";
import { answerTo } from "./transaction.ts";

type Counts = Partial<Record<Part, number>>;
/** A queue, with the number of its rows of each part. */
export type QueueRow = { readonly queue: string; readonly paused: boolean; readonly counts: Readonly<Counts> };

/** `seq`: the last place given; `token`: the last token given; `figures`: the version of the statistics. */
type Counters = { seq: number; token: number; figures: number };
const COUNTERS = "counters";

/** What a verb reads and writes, in one transaction: each row is read once and written once. */
export type Ledger = {
  readonly tx: IDBTransaction;
  readonly now: number;
  /** Undefined if the store does not count. */
  readonly tally: Tally | undefined;
  /** Reads rows, for `get`. */
  load(ids: readonly string[]): Promise<void>;
  /** The same for ids that are probably new: one request tells if none of them stands. */
  loadNew(ids: readonly string[]): Promise<void>;
  /** Takes a row that was found by an index. */
  adopt(row: Row): void;
  /** The row as it is by now, unless it is gone. */
  get(id: string): Row | undefined;
  put(facts: Facts): void;
  erase(id: string): void;
  /** Inserts a job whose id was loaded. */
  insert(job: NewJob): EnqueueAnswer;
  nextSeq(): number;
  nextToken(): number;
  /** For rows that are deleted without having been read. */
  subtract(queue: string, part: Part, count: number): void;
  queue(name: string): Promise<QueueRow>;
  /** Sends all writes. */
  flush(): Promise<void>;
};

/** Reads the clock once the transaction's turn has come: others may have held it up. */
export async function openLedger(
  tx: IDBTransaction,
  clock: () => number,
  figures: Figures | undefined,
): Promise<Ledger> {
  const [jobs, queues, meta] = [tx.objectStore(JOBS), tx.objectStore(QUEUES), tx.objectStore(META)];
  const counters = await readCounters(meta);
  const before = JSON.stringify(counters);
  const tally = await figures?.begin(meta, counters.figures);
  const now = clock();
  /** As they are stored, and as they are to be. */
  const standing = new Map<string, Row | undefined>();
  const rows = new Map<string, Row | undefined>();
  const changed = new Set<string>();
  const queueRows = new Map<string, Promise<QueueRow>>();
  const changes = new Map<string, Counts>();

  const change = (queue: string, part: Part, by: number): void => {
    const ofQueue = changes.get(queue) ?? {};
    ofQueue[part] = (ofQueue[part] ?? 0) + by;
    changes.set(queue, ofQueue);
  };
  const adopt = (id: string, row: Row | undefined): void => {
    standing.set(id, row);
    rows.set(id, row === undefined || isGone(row, now) ? undefined : row);
  };
  const put = (facts: Facts): void => {
    rows.set(facts.id, rowOf(facts));
    changed.add(facts.id);
  };
  const readQueue = async (queue: string): Promise<QueueRow> =>
    (await answerTo<QueueRow | undefined>(queues.get(queue))) ?? { queue, paused: false, counts: {} };

  const ledger: Ledger = {
    tx,
    now,
    tally,
    async load(ids) {
      const wanted = [...new Set(ids)].filter((id) => !standing.has(id));
      await Promise.all(wanted.map(async (id) => adopt(id, await answerTo<Row | undefined>(jobs.get(id)))));
    },
    async loadNew(ids) {
      const [first, ...more] = [...ids].sort();
      const last = more.at(-1);
      if (first !== undefined && last !== undefined) {
        // Ids that the core makes follow each other, so nothing of other calls is between them.
        const standing = await answerTo(jobs.getKey(IDBKeyRange.bound(first, last)));
        if (standing === undefined) for (const id of ids) adopt(id, undefined);
      }
      await ledger.load(ids);
    },
    adopt: (row) => adopt(row.id, row),
    get: (id) => rows.get(id),
    put,
    erase(id) {
      rows.set(id, undefined);
      changed.add(id);
    },
    insert(job) {
      const row = rows.get(job.id);
      if (row !== undefined) return { status: "duplicate", state: stateAt(row, now) };
      put(newFacts(job, ledger.nextSeq(), now));
      tally?.enqueued(job, now);
      return { status: "created" };
    },
    nextSeq: () => ++counters.seq,
    nextToken: () => ++counters.token,
    subtract: (queue, part, count) => change(queue, part, -count),
    queue(name) {
      const read = queueRows.get(name) ?? readQueue(name);
      queueRows.set(name, read);
      return read;
    },
    async flush() {
      for (const id of changed) {
        const [old, row] = [standing.get(id), rows.get(id)];
        if (old !== undefined) change(old.queue, partOf(old), -1);
        if (row !== undefined) change(row.queue, partOf(row), 1);
        if (row !== undefined) jobs.put(row);
        else if (old !== undefined) jobs.delete(id);
      }
      const touched = [...changes].filter(([, parts]) => Object.values(parts).some((by) => by !== 0));
      await Promise.all(touched.map(async ([queue, parts]) => putQueue(queues, add(await ledger.queue(queue), parts))));
      counters.figures = tally?.save(meta) ?? counters.figures;
      if (JSON.stringify(counters) !== before) meta.put(counters, COUNTERS);
    },
  };
  return ledger;
}

async function readCounters(meta: IDBObjectStore): Promise<Counters> {
  return (await answerTo<Counters | undefined>(meta.get(COUNTERS))) ?? { seq: 0, token: 0, figures: 0 };
}

/** The version of the statistics that the database has. */
export async function figuresVersion(meta: IDBObjectStore): Promise<number> {
  return (await readCounters(meta)).figures;
}

function add({ counts, ...row }: QueueRow, changes: Counts): QueueRow {
  const sum = { ...counts };
  // It has no other keys, and no other values.
  for (const [part, by] of Object.entries(changes) as [Part, number][]) sum[part] = (sum[part] ?? 0) + by;
  return { ...row, counts: sum };
}

/** A queue of which there is nothing to say has no row. */
export function putQueue(queues: IDBObjectStore, row: QueueRow): void {
  if (row.paused || Object.values(row.counts).some((count) => count > 0)) queues.put(row);
  else queues.delete(row.queue);
}
