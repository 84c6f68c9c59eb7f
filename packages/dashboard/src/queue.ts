import { type Job, LongshoreError } from "@longshore/core";
import type { Held, QueueView } from "./api.ts";
import type { Asked } from "./jobs.ts";
import { type Definitions, holdingKey, queueLimits } from "./limits.ts";
import type { Store } from "./store.ts";

/** How many of those that are blocked, and of the others that wait, are read. */
const BLOCKED = 500;
const OTHERS = 100;
const MOST_SHOWN = 50;

/** A queue, and what its jobs wait for: a call of `counts`, one of `depth`, two of `list`. */
export async function readQueue(
  { inspection, pressure }: Store,
  { queue = "" }: Asked,
  { definitions, payloads, at }: { readonly definitions: Definitions; readonly payloads: boolean; readonly at: number },
): Promise<QueueView> {
  const store = inspection();
  const [blocked, others, counts, pressed] = await Promise.all([
    store.list({ queue, state: "blocked", limit: BLOCKED }), // it checks the name
    store.list({ queue, state: ["enqueued", "delayed", "stalled"], limit: OTHERS }),
    store.counts(),
    pressure(queue),
  ]);
  const found = counts.find((one) => one.queue === queue);
  const limits = queueLimits(definitions, queue);
  if (found === undefined && limits === undefined)
    throw new LongshoreError("invalid_request", `There is no job in the queue ${queue.slice(0, 200)}.`);
  const keyOf = (job: Job): string | undefined => (payloads ? holdingKey(definitions, job) : undefined);
  return {
    at,
    ...(found ?? { queue, paused: false, counts: {} }),
    limits,
    oldestMs: pressed?.oldestMs,
    held: heldUp([...blocked.jobs, ...others.jobs], keyOf),
    read: blocked.jobs.length + others.jobs.length,
    more: blocked.cursor !== undefined || others.cursor !== undefined,
  };
}

/** Jobs by what they wait for, and by the key that holds them up; most first. */
function heldUp(jobs: readonly Job[], keyOf: (job: Job) => string | undefined): readonly Held[] {
  const groups = new Map<string, { waitsFor: string; key: string | undefined; jobs: number; first: Held["first"] }>();
  for (const job of jobs) {
    const { id, partition, waitsFor, state } = job;
    if (waitsFor === undefined) continue;
    const key = state === "blocked" ? keyOf(job) : undefined;
    const name = JSON.stringify([waitsFor, key]);
    const group = groups.get(name) ?? { waitsFor, key, jobs: 0, first: { id, partition } };
    group.jobs++;
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => b.jobs - a.jobs).slice(0, MOST_SHOWN);
}
