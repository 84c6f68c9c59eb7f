import type { ClaimRequest, ClaimedJob } from "@longshore/core/adapter";
import { expire } from "./expire.ts";
import { hasExpired } from "./expiry.ts";
import { type Head, heads, prioritiesOf } from "./heads.ts";
import { follow } from "./family.ts";
import { mayStart, readLanes } from "./lanes.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { type Places, openPlaces } from "./places.ts";
import { countStart } from "./rates.ts";
import { MOST_CHARACTERS, type Row, charactersOf, claimed, isBlocked } from "./row.ts";
import { sweep } from "./sweep.ts";
import { JOBS, LAST } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import { isPaused } from "./view.ts";

/** How many rows are read at a time: each may have a payload of a megabyte. */
const PAGE = 100;
/** For each job that it takes, a claim deletes up to this many that are past their time. */
const SWEPT_PER_JOB = 2;
/** How many rows a claim puts behind the keys of their limits: after a delay, thousands may be due together. */
const MOST_PARKED = 1_000;

/** The progress of a claim. */
type Progress = {
  readonly places: Places;
  readonly leaseMs: number;
  readonly inTurn: typeof inOrder;
  characters: number;
  parked: number;
};

export async function claim(opening: Opening, { queues, leaseMs, priorityAgeMs }: ClaimRequest): Promise<ClaimedJob[]> {
  const jobs = opening.tx.objectStore(JOBS);
  const [ledger, ...ahead] = await Promise.all([opening.load([]), ...queues.map(({ name }) => heads(jobs, name))]);
  const inTurn = turnsOf(priorityAgeMs);
  const progress = { places: openPlaces(ledger), leaseMs, inTurn, characters: 0, parked: 0 };
  const taken: ClaimedJob[] = [];
  for (const [i, { name, limit }] of queues.entries()) {
    if (limit <= 0 || isPaused(ledger.queues.get(name), ledger.now)) continue;
    const found = await takeDue(opening, ledger, { name, limit, heads: ahead[i] ?? [] }, progress);
    if (found.length > 0) await sweep(ledger, name, SWEPT_PER_JOB * found.length);
    taken.push(...found);
  }
  // Whose turn it is by a lease is found by whoever claims next; only what has expired held others up.
  ledger.wakes &&= taken.some(({ expired }) => expired);
  return taken;
}

type Queue = { readonly name: string; readonly limit: number; readonly heads: readonly Head[] };

/** Takes due jobs, key by key of their limits: the next of each is due when what was due before is taken. */
async function takeDue(opening: Opening, ledger: Ledger, queue: Queue, progress: Progress): Promise<ClaimedJob[]> {
  const taken: ClaimedJob[] = [];
  const room = (): number =>
    progress.characters < MOST_CHARACTERS && progress.parked < MOST_PARKED ? queue.limit - taken.length : 0;
  let due: AsyncIterable<Row> | Iterable<Row> = dueRows(ledger, queue, progress.inTurn, room);
  for (let before = -1; before < taken.length; due = dueNow(ledger, queue.name).sort(progress.inTurn)) {
    before = taken.length;
    for await (const row of due) {
      if (room() <= 0 || (await progress.places.isFull(queue.name))) break;
      const job = await take(opening, ledger, row, progress);
      if (job !== undefined) taken.push(job);
    }
    await follow(ledger);
  }
  return taken;
}

/** A job that is due is leased, or has expired, or waits behind its key. */
async function take({ load }: Opening, ledger: Ledger, row: Row, progress: Progress): Promise<ClaimedJob | undefined> {
  progress.characters += charactersOf(row);
  ledger.adopt(row.id, row);
  if (hasExpired(row, ledger.now)) {
    // Who waits behind it with its key.
    if (row.held !== undefined) await load([], [row.held.key]);
    return expire(ledger, row);
  }
  if (!(await mayStart(ledger, row))) {
    progress.parked++;
    ledger.wait(row);
    return undefined;
  }
  await countStart(ledger, row);
  await progress.places.take(row.queue, row.limits?.queue);
  return lease(ledger, row, progress.leaseMs);
}

/** The rows of a queue that wait or whose lease is over, in order, as they were when the transaction began. */
async function* dueRows(
  ledger: Ledger,
  { name, heads }: Queue,
  inTurn: Progress["inTurn"],
  room: () => number,
): AsyncGenerator<Row> {
  const due = heads.filter(({ dueAt }) => dueAt <= ledger.now);
  // By age, each of ten lines has a page in memory.
  const page = inTurn === inOrder ? PAGE : PAGE / 10;
  const lines = prioritiesOf(due).map((priority) => {
    const indexes = due.filter((head) => head.priority === priority).map(({ index }) => index);
    return { rows: rowsOf(ledger, indexes, [name, priority], () => Math.min(page, room())) };
  });
  if (inTurn === inOrder) {
    for (const { rows } of lines) yield* rows;
    return;
  }
  // The first row of each line, of which the next is the first by age.
  const firsts: Line[] = await Promise.all(lines.map(async ({ rows }) => ({ rows, row: (await rows.next()).value })));
  for (;;) {
    const [next] = firsts.filter(isThere).sort((a, b) => inTurn(a.row, b.row));
    if (next === undefined) return;
    // It may have changed since it was read.
    if (!ledger.isChanged(next.row.id)) yield next.row;
    const line: Line = next;
    line.row = (await line.rows.next()).value;
  }
}

/** The due rows of a priority. */
async function* rowsOf(
  ledger: Ledger,
  indexes: readonly IDBIndex[],
  place: readonly IDBValidKey[],
  pageNow: () => number,
): AsyncGenerator<Row, undefined> {
  const { now } = ledger;
  for (let after: IDBValidKey = [...place]; ;) {
    const most = pageNow();
    if (most <= 0) return;
    const range = IDBKeyRange.bound(after, [...place, now, LAST], true);
    const read = (index: IDBIndex) => answerTo<Row[]>(index.getAll(range, most));
    const page = (await Promise.all(indexes.map(read))).flat().sort(inOrder).slice(0, most);
    await readLanes(ledger, new Set(page.flatMap(({ limits }) => limits?.key ?? [])));
    for (const row of page) {
      after = [...place, row.dueAt, row.seq];
      if (!ledger.isChanged(row.id)) yield row;
    }
    if (page.length < most) return;
  }
}

type Line = { readonly rows: AsyncGenerator<Row, undefined>; row: Row | undefined };

function isThere(line: Line): line is Line & { row: Row } {
  return line.row !== undefined;
}

/** The rows of a queue that this claim has made due. */
function dueNow(ledger: Ledger, queue: string): Row[] {
  const isDue = (row: Row): boolean =>
    row.queue === queue && row.ended === undefined && !isBlocked(row) && row.dueAt <= ledger.now;
  return ledger.known().filter((row) => ledger.isChanged(row.id) && isDue(row));
}

function inOrder(a: Row, b: Row): number {
  return a.priority - b.priority || a.dueAt - b.dueAt || a.seq - b.seq;
}

/** By age: each `ageMs` for which a row has been due count as a level of priority. */
function turnsOf(ageMs: number | undefined): typeof inOrder {
  if (ageMs === undefined) return inOrder;
  const turn = ({ dueAt, priority }: Row): number => dueAt + priority * ageMs;
  return (a, b) => turn(a) - turn(b) || inOrder(a, b);
}

function lease(ledger: Ledger, row: Row, leaseMs: number): ClaimedJob {
  const { now } = ledger;
  const facts = {
    ...row,
    attempt: row.attempt + 1,
    token: ledger.nextToken(),
    leased: true,
    turn: undefined,
    claimedAt: now,
    waitedMs: Math.max(0, now - row.dueAt),
    dueAt: now + leaseMs,
  };
  ledger.set(row.id, facts);
  return claimed(facts, row.leased, now);
}
