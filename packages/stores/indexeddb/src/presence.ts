import type { KnownWorker, WorkerPresence } from "@longshore/core/adapter";
import type { Opening } from "./ledger.ts";
import { WORKERS } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import type { View } from "./view.ts";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

/** `order`: announcements go by their number. */
type WorkerRow = WorkerPresence & { readonly at: number; readonly until: number; readonly order: number };

export async function announce(
  { tx, load }: Opening,
  { id, slots, busy }: WorkerPresence,
  forMs: number,
): Promise<void> {
  const { now, nextSeq } = await load([]);
  const workers = tx.objectStore(WORKERS);
  const row: WorkerRow = { id, slots, busy, at: now, until: now + forMs, order: nextSeq() };
  workers.put(row);
  const excess = (await answerTo(workers.count())) - MOST_WORKERS;
  if (excess <= 0) return; // to the browser, a limit of 0 is none
  for (const oldest of await answerTo(workers.index("order").getAllKeys(null, excess))) workers.delete(oldest);
}

export async function workers({ tx, now }: View): Promise<KnownWorker[]> {
  const rows = await answerTo<WorkerRow[]>(tx.objectStore(WORKERS).getAll());
  return rows
    .filter(({ at }) => now - at < DAY_MS)
    .map(({ at, until, order: _order, ...worker }) => ({ ...worker, alive: now < until, agoMs: now - at }));
}
