import type { StoredJob } from "@longshore/core/adapter";
import { show } from "./inspect.ts";
import type { Ledger, QueueRow } from "./ledger.ts";
import { MOST_CHARACTERS, type Row, charactersOf } from "./row.ts";
import { sweep } from "./sweep.ts";
import { JOBS, QUEUES } from "./tables.ts";
import { answerTo } from "./transaction.ts";

export type DeadBounds = { readonly deadKeepMs: number; readonly maxDead: number };

/** How many rows past their time one call deletes. */
const MOST_SWEPT = 1_000;
/** How many dead letters are read at a time. */
const PAGE = 100;

export async function prune(ledger: Ledger, limit: number, bounds: DeadBounds): Promise<StoredJob[]> {
  const rows = await answerTo<QueueRow[]>(ledger.tx.objectStore(QUEUES).getAll());
  let room = MOST_SWEPT;
  for (const { queue } of rows) room -= await sweep(ledger, queue, room);
  const queues = new Map(rows.map((row) => [row.queue, row]));
  const gone = await oldDead(ledger, limit, bounds);
  for (const row of gone) {
    ledger.adopt(row);
    ledger.erase(row.id);
  }
  return gone.map((row) => show(queues, row, ledger.now));
}

/** Dead letters past their time, and the oldest of too many. */
async function oldDead({ tx, now }: Ledger, limit: number, { deadKeepMs, maxDead }: DeadBounds): Promise<Row[]> {
  if (limit <= 0) return []; // to the browser, a limit of 0 is none
  const dead = tx.objectStore(JOBS).index("dead");
  const excess = (await answerTo(dead.count())) - maxDead;
  const rows = await answerTo<Row[]>(dead.getAll(null, Math.min(limit, PAGE)));
  const old = rows.filter(({ dueAt }, i) => i < excess || dueAt + deadKeepMs <= now);
  let characters = 0;
  return old.filter((row) => {
    const fits = characters < MOST_CHARACTERS;
    characters += charactersOf(row);
    return fits;
  });
}
