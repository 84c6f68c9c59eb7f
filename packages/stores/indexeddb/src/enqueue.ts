import { type EnqueueAnswer, type NewJob, heldKey, refusedTogether } from "@longshore/core/adapter";
import { openIn, refusal } from "./depth.ts";
import { insertKeyed, keysOf } from "./keys.ts";
import { follow, link, refusedParent } from "./family.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { stateAt } from "./row.ts";

export async function enqueue(opening: Opening, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  return insertAll(await opening.load(idsOf(jobs), keysOf(jobs)), jobs);
}

/** The ids of new jobs and of those that they come after. */
export function idsOf(jobs: readonly NewJob[]): string[] {
  return jobs.flatMap(({ id, after }) => [id, ...(after?.jobs.map((parent) => parent.id) ?? [])]);
}

/** Inserts jobs whose ids and unique keys were loaded. */
export async function insertAll(ledger: Ledger, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  const stands = (id: string): boolean => ledger.get(id) !== undefined;
  const refused =
    (await refusedParent(ledger, jobs)) ?? refusedTogether(jobs, stands, (queue) => openIn(ledger, queue));
  if (refused !== undefined) return jobs.map(() => refused);
  const answers = jobs.map((job) => insert(ledger, job));
  await link(ledger, jobs, answers);
  await follow(ledger);
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
