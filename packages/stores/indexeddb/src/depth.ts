import { type EnqueueAnswer, type NewJob, type QueueDepth, refusedFull } from "@longshore/core/adapter";
import { firstDueAt } from "./heads.ts";
import type { Ledger } from "./ledger.ts";
import { JOBS } from "./tables.ts";
import type { Counts, QueueRow, View } from "./view.ts";

/** How many jobs of a queue have not ended: its row has their number anyway. */
function openOf(queue: QueueRow | undefined): number {
  const { waiting = 0, leased = 0, blocked = 0 }: Counts = queue?.counts ?? {};
  return waiting + leased + blocked;
}

/** The same, with what the transaction has changed. */
export function openIn(ledger: Ledger, queue: string): number {
  return ledger.countNow(openOf(ledger.queues.get(queue)), (row) => row.queue === queue && row.ended === undefined);
}

/** The answer to a new job whose queue is full; undefined if there is room. */
export function refusal(ledger: Ledger, job: NewJob): EnqueueAnswer | undefined {
  return job.maxDepth === undefined ? undefined : refusedFull(job, openIn(ledger, job.queue));
}

export async function depth({ tx, now, queues }: View, queue: string): Promise<QueueDepth> {
  const dueAt = await firstDueAt(tx.objectStore(JOBS), queue);
  return { jobs: openOf(queues.get(queue)), waitedMs: Math.max(0, now - dueAt) };
}
