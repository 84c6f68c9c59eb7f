import type { Job, JobRef } from "@longshore/core";
import type { Services } from "./services.ts";

/** How many dead letters one request reads at most. */
export const MOST_DEAD = 1_000;
const PAGE = 100;

/** Dead letters whose last failure has the same message. */
type DeadError = {
  readonly message: string;
  readonly count: number;
  readonly names: readonly string[];
  readonly queues: readonly string[];
  /** One of them, as an example. */
  readonly first: JobRef;
};

type DeadLetters = Pick<Services["queue"], "list">;

/** All dead letters, up to what one request may replay. Read first, so that none that dies again is replayed twice. */
export async function deadRefs(
  queue: DeadLetters,
): Promise<{ readonly refs: readonly JobRef[]; readonly more: boolean }> {
  const refs: JobRef[] = [];
  const more = await eachDead(queue, (job) => refs.push(refOf(job)));
  return { refs, more };
}

/** What jobs died of, the most frequent first: for a thousand letters, it matters whether it was one error. */
export async function deadErrors(
  queue: DeadLetters,
): Promise<{ readonly errors: readonly DeadError[]; readonly more: boolean }> {
  const groups = new Map<string, { count: number; names: Set<string>; queues: Set<string>; first: JobRef }>();
  const more = await eachDead(queue, (job) => {
    const message = job.failures.at(-1)?.message ?? "";
    const group = groups.get(message) ?? { count: 0, names: new Set(), queues: new Set(), first: refOf(job) };
    groups.set(message, group);
    group.count++;
    group.names.add(job.name);
    group.queues.add(job.queue);
  });
  const errors = [...groups].map(([message, { count, names, queues, first }]) => ({
    message,
    count,
    names: [...names].sort(),
    queues: [...queues].sort(),
    first,
  }));
  return { errors: errors.toSorted((a, b) => b.count - a.count), more };
}

/** Returns whether there may be more. Reads page by page, because a letter may be as large as a payload. */
async function eachDead(queue: DeadLetters, visit: (job: Job) => void): Promise<boolean> {
  let cursor: string | undefined;
  let left = MOST_DEAD;
  do {
    const page = await queue.list({ state: "dead", limit: Math.min(PAGE, left), cursor });
    for (const job of page.jobs) visit(job);
    left -= page.jobs.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
  return cursor !== undefined;
}

function refOf({ id, partition }: JobRef): JobRef {
  return { id, partition };
}
