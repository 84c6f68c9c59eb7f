import type { StatsWindow, StoreStats } from "@longshore/core/adapter";
import type { Figures } from "./figures.ts";
import { firstDueAt } from "./heads.ts";
import { readCounters } from "./ledger.ts";
import { JOBS, META } from "./tables.ts";
import type { View } from "./view.ts";

export async function stats({ tx, now, queues }: View, figures: Figures, window: StatsWindow): Promise<StoreStats[]> {
  const meta = tx.objectStore(META);
  const tally = await figures.begin(meta, (await readCounters(meta)).figures);
  const read = tally.read(window, now);
  // It wrote nothing, so there is nothing to wait for.
  tally.committed();
  const jobs = tx.objectStore(JOBS);
  const waiting = await Promise.all(
    [...queues.keys()].sort().map(async (queue) => ({ queue, waitedMs: now - (await firstDueAt(jobs, queue)) })),
  );
  return [{ ...read, oldest: waiting.filter(({ waitedMs }) => waitedMs >= 0) }];
}
