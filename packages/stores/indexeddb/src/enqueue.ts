import { type EnqueueAnswer, type NewJob, heldKey } from "@longshore/core/adapter";
import { insertKeyed, keysOf } from "./keys.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { stateAt } from "./row.ts";

export async function enqueue(opening: Opening, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  const ids = jobs.map(({ id }) => id);
  const ledger = await opening.loadNew(ids, keysOf(jobs));
  return jobs.map((job) => insert(ledger, job));
}

/** Inserts a job whose id and unique key were loaded. */
export function insert(ledger: Ledger, job: NewJob): EnqueueAnswer {
  const row = ledger.get(job.id);
  if (row !== undefined) return { status: "duplicate", state: stateAt(row, ledger.now) };
  const held = heldKey(job, ledger.now);
  if (held !== undefined) return insertKeyed(ledger, job, held);
  ledger.create(job);
  return { status: "created" };
}
