import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { Ledger } from "./ledger.ts";

export async function enqueue(ledger: Ledger, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  await ledger.loadNew(jobs.map(({ id }) => id));
  return jobs.map(ledger.insert);
}
