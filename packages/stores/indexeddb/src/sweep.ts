import type { Ledger } from "./ledger.ts";
import { rangesOf } from "./ranges.ts";
import { JOBS, within } from "./tables.ts";
import { answerTo } from "./transaction.ts";

/** Deletes completed and cancelled rows of a queue that are past their time. Returns how many. */
export async function sweep(ledger: Ledger, queue: string, most: number): Promise<number> {
  const jobs = ledger.tx.objectStore(JOBS);
  let swept = 0;
  for (const state of ["completed", "cancelled"] as const) {
    if (swept >= most) break; // to the browser, a limit of 0 is none
    if (!ledger.queues.get(queue)?.counts[state]) continue;
    const range = within([queue, state], ledger.now);
    const ids = (await answerTo(jobs.index("kept").getAllKeys(range, most - swept))) as string[]; // the keys of this object store
    for (const range of await rangesOf(jobs, ids)) jobs.delete(range);
    ledger.count(queue, state, -ids.length);
    swept += ids.length;
  }
  return swept;
}
