import {
  type JobPage,
  type JobRef,
  type JobState,
  type ListRequest,
  PAUSED,
  QUEUE_FULL,
  type QueueCounts,
  type StoredJob,
  statesOf,
} from "@longshore/core/adapter";
import { heads, prioritiesOf } from "./heads.ts";
import { fullQueues } from "./places.ts";
import { MOST_CHARACTERS, type Row, charactersOf, isGone, stateAt, stored } from "./row.ts";
import { JOBS, beyond, within } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import { type QueueRow, type View, isPaused } from "./view.ts";

export async function get(view: View, refs: readonly JobRef[]): Promise<(StoredJob | undefined)[]> {
  const { tx, now } = view;
  const jobs = tx.objectStore(JOBS);
  const rows = await Promise.all(refs.map(({ id }) => answerTo<Row | undefined>(jobs.get(id))));
  const show = await shower(view);
  return rows.map((row) => (row === undefined || isGone(row, now) ? undefined : show(row)));
}

/** Shows rows, with why they wait. */
export async function shower(view: View): Promise<(row: Row) => StoredJob> {
  const { now, queues } = view;
  const full = await fullQueues(view);
  return (row) => {
    const held = full.has(row.queue) ? QUEUE_FULL : undefined;
    return stored(row, isPaused(queues.get(row.queue), now) ? PAUSED : held, now);
  };
}

/** How many rows are read at a time. */
const PAGE = 100;

export async function list(view: View, request: ListRequest): Promise<JobPage> {
  const { now } = view;
  const { queue, name, limit } = request;
  const states = statesOf(request);
  const show = await shower(view);
  const jobs: StoredJob[] = [];
  let characters = 0;
  for await (const row of states?.join() === "dead" ? deadAfter(view, request) : rowsAfter(view, request)) {
    if (isGone(row, now)) continue;
    if (queue !== undefined && row.queue !== queue) continue;
    if (name !== undefined && row.name !== name) continue;
    if (states !== undefined && !states.includes(stateAt(row, now))) continue;
    const last = jobs.at(-1);
    if (last !== undefined && (jobs.length === limit || characters > MOST_CHARACTERS)) return { jobs, cursor: last.id };
    jobs.push(show(row));
    characters += charactersOf(row);
  }
  return { jobs };
}

async function* rowsAfter({ tx }: View, { cursor, descending }: ListRequest): AsyncGenerator<Row> {
  const jobs = tx.objectStore(JOBS);
  if (descending) return yield* rowsBefore(jobs, cursor);
  for (let after = cursor ?? ""; ;) {
    const page = await answerTo<Row[]>(jobs.getAll(IDBKeyRange.lowerBound(after, true), PAGE));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

/** Only cursors go backwards, row by row. */
async function* rowsBefore(jobs: IDBObjectStore, cursor: string | undefined): AsyncGenerator<Row> {
  const opened = jobs.openCursor(cursor === undefined ? null : IDBKeyRange.upperBound(cursor, true), "prev");
  for (let at = await answerTo(opened); at !== null; at = await answerTo(opened)) {
    yield at.value as Row; // of this object store
    at.continue();
  }
}

/** There are few dead letters, and an index has their ids, though not in their order. */
async function* deadAfter({ tx }: View, { cursor, descending }: ListRequest): AsyncGenerator<Row> {
  const jobs = tx.objectStore(JOBS);
  const ids = (await answerTo(jobs.index("dead").getAllKeys())) as string[]; // the keys of this object store
  const isAfter = (id: string): boolean => cursor === undefined || (descending ? id < cursor : id > cursor);
  const wanted = ids.filter(isAfter).sort();
  if (descending) wanted.reverse();
  for (const id of wanted) yield await answerTo<Row>(jobs.get(id));
}

/** Counts are kept for each queue; only what changes with time is counted, by the indexes. All states are counted. */
export async function counts(view: View): Promise<QueueCounts[]> {
  const all = await Promise.all([...view.queues.values()].map((row) => countsOf(view, row)));
  return all.filter(({ paused, counts: found }) => paused || Object.keys(found).length > 0);
}

async function countsOf({ tx, now }: View, row: QueueRow): Promise<QueueCounts> {
  const jobs = tx.objectStore(JOBS);
  const { queue, counts: kept } = row;
  const count = (index: string, range: IDBKeyRange): Promise<number> => answerTo(jobs.index(index).count(range));
  const priorities = prioritiesOf(await heads(jobs, queue));
  /** How many are not due yet. */
  const later = async (index: "turn" | "lease"): Promise<number> =>
    sum(await Promise.all(priorities.map((priority) => count(index, beyond([queue, priority], now)))));
  const gone = (state: JobState): Promise<number> => count("kept", within([queue, state], now));
  const [waiting, active, failed, completed, cancelled] = await Promise.all([
    later("turn"),
    later("lease"),
    count("retry", beyond([queue], now)),
    gone("completed"),
    gone("cancelled"),
  ]);
  const all: Record<JobState, number> = {
    delayed: waiting - failed,
    failed,
    blocked: kept.blocked ?? 0,
    enqueued: (kept.waiting ?? 0) - waiting,
    active,
    stalled: (kept.leased ?? 0) - active,
    completed: (kept.completed ?? 0) - completed,
    cancelled: (kept.cancelled ?? 0) - cancelled,
    dead: kept.dead ?? 0,
  };
  return {
    queue,
    paused: isPaused(row, now),
    counts: Object.fromEntries(Object.entries(all).filter(([, n]) => n > 0)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
