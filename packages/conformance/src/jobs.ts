import type {
  Adapter,
  ClaimedJob,
  Inspect,
  Lease,
  NewJob,
  Outcome,
  Pull,
  SettleAnswer,
  StoredJob,
} from "@longshore/core/adapter";
import { expect } from "./expect.ts";
import type { Harness } from "./harness.ts";

export const SECOND = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** A plain job, due now and kept for a day, with the case's own `parts`. */
export function newJob(id: string, parts: Partial<NewJob> = {}): NewJob {
  return {
    id,
    name: "work",
    queue: "default",
    payload: '{"n":1}',
    headers: { v: "1" },
    priority: 5,
    due: { inMs: 0 },
    keepMs: DAY,
    ...parts,
  };
}

/** For jobs whose order matters: sharded stores keep it only within a partition. */
export const SAME_PARTITION = { partition: "together" } as const;

/** Enqueues plain jobs with these ids. */
export async function enqueue(harness: Harness, ids: readonly string[], parts?: Partial<NewJob>): Promise<void> {
  await harness.adapter.enqueue(ids.map((id) => newJob(id, parts)));
}

type Puller = { readonly adapter: Adapter & Pull };

export async function claim(harness: Puller, limit = 1, queue = "default"): Promise<readonly ClaimedJob[]> {
  const { adapter } = harness;
  return adapter.claim({ queues: [{ name: queue, limit }], leaseMs: adapter.traits.leaseMs });
}

/** Claims exactly one job, and fails the case if none or another one comes. */
export async function claimOne(harness: Puller, id: string, queue = "default"): Promise<ClaimedJob> {
  const [job] = await claim(harness, 1, queue);
  expect(job !== undefined, `a claim should have got ${id}, but got nothing`);
  expect(job.id === id, `a claim should have got ${id}, but got ${job.id}`);
  return job;
}

/** Enqueues one job and claims it. */
export async function claimNew(harness: Harness & Puller, id: string, parts?: Partial<NewJob>): Promise<ClaimedJob> {
  await enqueue(harness, [id], parts);
  return claimOne(harness, id, parts?.queue);
}

/** Only the lease of a claimed job. */
export function leaseOf({ id, partition, token }: Lease): Lease {
  return { id, partition, token };
}

export const complete: Outcome = { type: "complete" };
export const snooze = (delayMs = 0): Outcome => ({ type: "snooze", delayMs });
export const retry = (delayMs = 0, message = "it broke"): Outcome => ({
  type: "retry",
  delayMs,
  failure: { message },
});
export const dead = (message = "it is beyond help"): Outcome => ({ type: "dead", failure: { message } });

export async function settle(
  harness: { readonly adapter: Adapter },
  job: Lease,
  outcome: Outcome = complete,
): Promise<SettleAnswer | undefined> {
  const [answer] = await harness.adapter.settle([{ ...leaseOf(job), outcome }]);
  return answer;
}

export async function getOne(
  harness: { readonly adapter: Adapter & Inspect },
  id: string,
  partition?: string,
): Promise<StoredJob | undefined> {
  const [job] = await harness.adapter.get([{ id, partition }]);
  return job;
}

/** The row of a job, which must exist. */
export async function row(harness: { readonly adapter: Adapter & Inspect }, id: string): Promise<StoredJob> {
  const job = await getOne(harness, id);
  expect(job !== undefined, `the row of ${id} should stand, but is gone`);
  return job;
}

export async function stateOf(
  harness: { readonly adapter: Adapter & Inspect },
  id: string,
  partition?: string,
): Promise<string> {
  return (await getOne(harness, id, partition))?.state ?? "gone";
}

/** Runs every due job through the adapter alone, settling each as `decide` says. Returns what was run. */
export async function work(
  harness: Harness<"work">,
  decide: (job: ClaimedJob) => Outcome = () => complete,
): Promise<readonly ClaimedJob[]> {
  const seen: ClaimedJob[] = [];
  const delivered = harness.deliver(async (jobs) => {
    seen.push(...jobs);
    await harness.adapter.settle(jobs.map((job) => ({ ...leaseOf(job), outcome: decide(job) })));
  });
  await harness.soon(delivered, "every due job was delivered");
  return seen;
}

export function ids(jobs: readonly { readonly id: string }[]): readonly string[] {
  return jobs.map(({ id }) => id);
}
