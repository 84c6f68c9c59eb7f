import type { EnqueueAnswer, NewJob } from "./enqueue.ts";

/** The answer to a job whose queue has as many jobs as it allows; undefined if there is room. */
export function refusedFull(
  { queue, maxDepth = Infinity }: Pick<NewJob, "queue" | "maxDepth">,
  depth: number,
): EnqueueAnswer | undefined {
  if (depth < maxDepth) return undefined;
  return {
    status: "failed",
    reason: "full",
    message: `the queue ${queue} is full: at least ${maxDepth} of its jobs have not ended`,
  };
}

/** The answer to every job of a call with jobs that come after others, if one of its new jobs finds its queue full. */
export function refusedTogether(
  jobs: readonly NewJob[],
  stands: (id: string) => boolean,
  depthOf: (queue: string) => number,
): EnqueueAnswer | undefined {
  if (jobs.every(({ after }) => after === undefined) || jobs.every(({ maxDepth }) => maxDepth === undefined))
    return undefined;
  const more = new Map<string, number>();
  const seen = new Set<string>();
  for (const job of jobs) {
    if (seen.has(job.id) || stands(job.id)) continue;
    seen.add(job.id);
    const added = more.get(job.queue) ?? 0;
    const refused = refusedFull(job, depthOf(job.queue) + added);
    if (refused !== undefined) return refused;
    more.set(job.queue, added + 1);
  }
  return undefined;
}
