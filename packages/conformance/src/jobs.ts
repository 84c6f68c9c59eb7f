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
import type { Kit } from "./kit.ts";

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
export const TOGETHER = { partition: "together" } as const;

/** Enqueues plain jobs with these ids. */
export async function enqueue(kit: Kit, ids: readonly string[], parts?: Partial<NewJob>): Promise<void> {
  await kit.adapter.enqueue(ids.map((id) => newJob(id, parts)));
}

type Puller = { readonly adapter: Adapter & Pull };

export async function claim(kit: Puller, limit = 1, queue = "default"): Promise<readonly ClaimedJob[]> {
  const { adapter } = kit;
  return adapter.claim({ queues: [{ name: queue, limit }], leaseMs: adapter.traits.leaseMs });
}

/** Claims exactly one job, and fails the case if none or another one comes. */
export async function claimOne(kit: Puller, id: string, queue = "default"): Promise<ClaimedJob> {
  const [job] = await claim(kit, 1, queue);
  expect(job !== undefined, `a claim should have got ${id}, but got nothing`);
  expect(job.id === id, `a claim should have got ${id}, but got ${job.id}`);
  return job;
}

/** Enqueues one job and claims it. */
export async function claimNew(kit: Kit & Puller, id: string, parts?: Partial<NewJob>): Promise<ClaimedJob> {
  await enqueue(kit, [id], parts);
  return claimOne(kit, id, parts?.queue);
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
  kit: { readonly adapter: Adapter },
  job: Lease,
  outcome: Outcome = complete,
): Promise<SettleAnswer | undefined> {
  const [answer] = await kit.adapter.settle([{ ...leaseOf(job), outcome }]);
  return answer;
}

export async function getOne(
  kit: { readonly adapter: Adapter & Inspect },
  id: string,
  partition?: string,
): Promise<StoredJob | undefined> {
  const [job] = await kit.adapter.get([{ id, partition }]);
  return job;
}

/** The row of a job, which must exist. */
export async function row(kit: { readonly adapter: Adapter & Inspect }, id: string): Promise<StoredJob> {
  const job = await getOne(kit, id);
  expect(job !== undefined, `the row of ${id} should stand, but is gone`);
  return job;
}

export async function stateOf(
  kit: { readonly adapter: Adapter & Inspect },
  id: string,
  partition?: string,
): Promise<string> {
  return (await getOne(kit, id, partition))?.state ?? "gone";
}

/** Runs every due job through the adapter alone, settling each as `decide` says. Returns what was run. */
export async function work(
  kit: Kit<"work">,
  decide: (job: ClaimedJob) => Outcome = () => complete,
): Promise<readonly ClaimedJob[]> {
  const seen: ClaimedJob[] = [];
  const delivered = kit.deliver(async (jobs) => {
    seen.push(...jobs);
    await kit.adapter.settle(jobs.map((job) => ({ ...leaseOf(job), outcome: decide(job) })));
  });
  await kit.soon(delivered, "every due job was delivered");
  return seen;
}

export function ids(jobs: readonly { readonly id: string }[]): readonly string[] {
  return jobs.map(({ id }) => id);
}
