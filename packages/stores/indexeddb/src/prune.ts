import type { StoredJob } from "@longshore/core/adapter";
import { shower } from "./inspect.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { MOST_CHARACTERS, type Row, charactersOf } from "./row.ts";
import { sweep } from "./sweep.ts";
import { JOBS } from "./tables.ts";
import { answerTo } from "./transaction.ts";

export type DeadBounds = { readonly deadKeepMs: number; readonly maxDead: number };

/** How many rows past their time one call deletes. */
const MOST_SWEPT = 1_000;
/** How many dead letters are read at a time. */
const PAGE = 100;

export async function prune(opening: Opening, limit: number, bounds: DeadBounds): Promise<StoredJob[]> {
  const ledger = await opening.load([]);
  const { queues } = ledger;
  let room = MOST_SWEPT;
  for (const queue of queues.keys()) room -= await sweep(ledger, queue, room);
  const gone = await oldDead(ledger, limit, bounds);
  for (const row of gone) {
    ledger.adopt(row.id, row);
    ledger.set(row.id, undefined);
  }
  return gone.map(await shower(ledger));
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
