import type { ClaimedJob } from "../contract/contract.ts";
import type { Emit } from "../events/events.ts";

export const isExpired = ({ expired }: ClaimedJob): boolean => expired === true;

/** The jobs of a claim that can be run. Emits an event for each of the others. */
export function withoutExpired(jobs: readonly ClaimedJob[], emit: Emit): readonly ClaimedJob[] {
  if (!jobs.some(isExpired)) return jobs;
  for (const job of jobs) if (isExpired(job)) emit?.({ type: "expired", job });
  return jobs.filter((job) => !isExpired(job));
}
