import { type EnqueueAnswer, type NewJob, heldKey, refusedTogether } from "@longshore/core/adapter";
import { openIn, refusal } from "./depth.ts";
import { insertKeyed, keysOf } from "./keys.ts";
import { letThrough } from "./lanes.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { stateAt } from "./row.ts";

export async function enqueue(opening: Opening, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  const ids = jobs.map(({ id }) => id);
  const ledger = await opening.loadNew(ids, keysOf(jobs));
  return insertAll(ledger, jobs);
}

/** Inserts jobs whose ids and unique keys were loaded. */
export async function insertAll(ledger: Ledger, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  const stands = (id: string): boolean => ledger.get(id) !== undefined;
  const refused = refusedTogether(jobs, stands, (queue) => openIn(ledger, queue));
  if (refused !== undefined) return jobs.map(() => refused);
  const answers = jobs.map((job) => insert(ledger, job));
  await letThrough(ledger);
  return answers;
}

function insert(ledger: Ledger, job: NewJob): EnqueueAnswer {
  const row = ledger.get(job.id);
  if (row !== undefined) return { status: "duplicate", state: stateAt(row, ledger.now) };
  const held = heldKey(job, ledger.now);
  if (held !== undefined) return insertKeyed(ledger, job, held);
  const full = refusal(ledger, job);
  if (full !== undefined) return full;
  ledger.create(job);
  return { status: "created" };
}
