import type { ClaimedJob, Limits, NewJob } from "@longshore/core/adapter";
import { expect } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION, claim, ids, newJob, stateOf as stateIn } from "../../jobs.ts";

export type Limited = Harness<"limits" | "ordered" | "Pull" | "Inspect" | "Control" | "Wake">;
export const LIMITED: readonly ["limits", "ordered", "Pull", "Inspect", "Control", "Wake"] = [
  "limits",
  "ordered",
  "Pull",
  "Inspect",
  "Control",
  "Wake",
];
export const ONE: Limits = { key: "k", running: 1 };

/** In one partition: where several objects keep the jobs, each has limits of its own. */
export const limited = (id: string, limits: Limits, parts: Partial<NewJob> = {}): NewJob =>
  newJob(id, { ...SAME_PARTITION, limits, ...parts });

export async function add(
  harness: Limited,
  names: readonly string[],
  limits: Limits,
  parts?: Partial<NewJob>,
): Promise<void> {
  await harness.adapter.enqueue(names.map((id) => limited(id, limits, parts)));
}

export const ref = (id: string): { readonly id: string; readonly partition: string } => ({ id, ...SAME_PARTITION });
export const stateOf = (harness: Limited, id: string): Promise<string> =>
  stateIn(harness, id, SAME_PARTITION.partition);

/** The ids that a claim gets. */
export async function claimed(harness: Limited, limit = 9): Promise<readonly string[]> {
  return ids(await claim(harness, limit));
}

export async function only(harness: Limited): Promise<ClaimedJob> {
  const [job] = await claim(harness, 1);
  expect(job !== undefined, "a claim should have got a job, but got nothing");
  return job;
}

export async function waitsFor(harness: Limited, id: string): Promise<string | undefined> {
  return (await harness.adapter.get([ref(id)]))[0]?.waitsFor;
}

export const dueInMs = ({ adapter }: Limited): Promise<number | undefined> =>
  adapter.dueInMs({ queues: ["default"], schedules: [] });
