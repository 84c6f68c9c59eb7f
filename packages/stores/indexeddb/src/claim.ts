import type { ClaimRequest, ClaimedJob } from "@longshore/core/adapter";
import { expire } from "./expire.ts";
import { hasExpired } from "./expiry.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { MOST_CHARACTERS, type Row, charactersOf, claimed } from "./row.ts";
import { sweep } from "./sweep.ts";
import { JOBS, LAST } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import { isPaused } from "./view.ts";
import { heads, prioritiesOf } from "./heads.ts";

/** How many rows are read at a time: each may have a payload of a megabyte. */
const PAGE = 100;
/** For each job that it takes, a claim deletes up to this many that are past their time. */
const SWEPT_PER_JOB = 2;

export async function claim({ tx, load }: Opening, { queues, leaseMs }: ClaimRequest): Promise<ClaimedJob[]> {
  const jobs = tx.objectStore(JOBS);
  const [ledger, ...ahead] = await Promise.all([load([]), ...queues.map(({ name }) => heads(jobs, name))]);
  const taken: ClaimedJob[] = [];
  const size = { characters: 0 };
  for (const [i, { name, limit }] of queues.entries()) {
    if (limit <= 0 || isPaused(ledger.queues.get(name), ledger.now)) continue;
    const before = taken.length;
    const due = (ahead[i] ?? []).filter(({ dueAt }) => dueAt <= ledger.now);
    for (const priority of prioritiesOf(due)) {
      const indexes = due.filter((head) => head.priority === priority).map(({ index }) => index);
      const room = limit - (taken.length - before);
      const rows = await dueRows(indexes, [name, priority], ledger.now, room, size);
      for (const row of rows) {
        if (!hasExpired(row, ledger.now)) {
          taken.push(lease(ledger, row, leaseMs));
          continue;
        }
        // Who waits behind it with its key.
        if (row.held !== undefined) await load([], [row.held.key]);
        taken.push(expire(ledger, row));
      }
    }
    if (taken.length > before) await sweep(ledger, name, SWEPT_PER_JOB * (taken.length - before));
  }
  return taken;
}

/** The first rows of a queue and priority that wait or whose lease is over, in order; by those indexes that have any. */
async function dueRows(
  indexes: readonly IDBIndex[],
  place: readonly [queue: string, priority: number],
  now: number,
  room: number,
  size: { characters: number },
): Promise<Row[]> {
  const found: Row[] = [];
  for (let after: IDBValidKey = [...place]; found.length < room && size.characters < MOST_CHARACTERS;) {
    const range = IDBKeyRange.bound(after, [...place, now, LAST], true);
    const most = Math.min(PAGE, room - found.length);
    const read = (index: IDBIndex) => answerTo<Row[]>(index.getAll(range, most));
    const page = (await Promise.all(indexes.map(read))).flat().sort(inOrder).slice(0, most);
    for (const row of page) {
      if (size.characters >= MOST_CHARACTERS) break;
      found.push(row);
      size.characters += charactersOf(row);
      after = [...place, row.dueAt, row.seq];
    }
    if (page.length < most) break;
  }
  return found;
}

function inOrder(a: Row, b: Row): number {
  return a.dueAt - b.dueAt || a.seq - b.seq;
}

function lease(ledger: Ledger, row: Row, leaseMs: number): ClaimedJob {
  const { now } = ledger;
  const facts = {
    ...row,
    attempt: row.attempt + 1,
    token: ledger.nextToken(),
    leased: true,
    claimedAt: now,
    waitedMs: Math.max(0, now - row.dueAt),
    dueAt: now + leaseMs,
  };
  ledger.adopt(row.id, row);
  ledger.set(row.id, facts);
  return claimed(facts, row.leased, now);
}
