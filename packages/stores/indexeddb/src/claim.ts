import type { ClaimRequest, ClaimedJob } from "@longshore/core/adapter";
import type { Ledger } from "./ledger.ts";
import { MOST_CHARACTERS, type Row, charactersOf, claimed } from "./row.ts";
import { sweep } from "./sweep.ts";
import { JOBS, LAST } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import { duePriorities } from "./heads.ts";

/** How many rows are read at a time: each may have a payload of a megabyte. */
const PAGE = 100;
/** For each job that it takes, a claim deletes up to this many that are past their time. */
const SWEPT_PER_JOB = 2;

export async function claim(ledger: Ledger, { queues, leaseMs }: ClaimRequest): Promise<ClaimedJob[]> {
  const taken: ClaimedJob[] = [];
  const size = { characters: 0 };
  for (const { name, limit } of queues) {
    if (limit <= 0 || (await ledger.queue(name)).paused) continue;
    const before = taken.length;
    for (const priority of await duePriorities(ledger.tx.objectStore(JOBS), name, ledger.now)) {
      const room = limit - (taken.length - before);
      for (const row of await dueRows(ledger, name, priority, room, size)) taken.push(lease(ledger, row, leaseMs));
    }
    if (taken.length > before) await sweep(ledger, name, SWEPT_PER_JOB * (taken.length - before));
  }
  return taken;
}

/** The first rows of a queue and priority that wait or whose lease is over, in order. */
async function dueRows(
  { tx, now }: Ledger,
  queue: string,
  priority: number,
  room: number,
  size: { characters: number },
): Promise<Row[]> {
  const jobs = tx.objectStore(JOBS);
  const found: Row[] = [];
  for (let after: IDBValidKey = [queue, priority]; found.length < room && size.characters < MOST_CHARACTERS;) {
    const range = IDBKeyRange.bound(after, [queue, priority, now, LAST], true);
    const most = Math.min(PAGE, room - found.length);
    const read = (index: string) => answerTo<Row[]>(jobs.index(index).getAll(range, most));
    const page = (await Promise.all([read("turn"), read("lease")])).flat().sort(inOrder).slice(0, most);
    for (const row of page) {
      if (size.characters >= MOST_CHARACTERS) break;
      found.push(row);
      size.characters += charactersOf(row);
      after = [queue, priority, row.dueAt, row.seq];
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
  ledger.adopt(row);
  ledger.put(facts);
  return claimed(facts, row.leased, now);
}
