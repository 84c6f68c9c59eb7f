import type { JobState, QueueCounts } from "@longshore/core/adapter";

/** Adds up the counts of each queue. States without jobs are left out. */
export function addCounts(counted: readonly QueueCounts[]): QueueCounts[] {
  const queues = new Map<string, QueueCounts>();
  for (const { queue, paused, counts } of counted) {
    const sum: Partial<Record<JobState, number>> = { ...queues.get(queue)?.counts };
    // It has no other keys, and no other values.
    for (const [state, n] of Object.entries(counts) as [JobState, number][]) {
      sum[state] = (sum[state] ?? 0) + n;
      if (sum[state] === 0) delete sum[state];
    }
    queues.set(queue, { queue, paused, counts: sum });
  }
  return [...queues.values()];
}
