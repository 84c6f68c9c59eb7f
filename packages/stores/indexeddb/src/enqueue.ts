import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { Opening } from "./ledger.ts";

export async function enqueue(opening: Opening, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  const { insert } = await opening.loadNew(jobs.map(({ id }) => id));
  return jobs.map(insert);
}
