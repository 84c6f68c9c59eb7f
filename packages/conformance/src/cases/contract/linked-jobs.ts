import type { After, EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION, newJob, stateOf as stateIn } from "../../jobs.ts";

export type Linked = Harness<"dependencies" | "Pull" | "Inspect" | "Control">;
export const NEEDS: readonly ["dependencies", "Pull", "Inspect", "Control"] = [
  "dependencies",
  "Pull",
  "Inspect",
  "Control",
];

/** A job comes after others of its partition. */
export const together = (id: string, parts: Partial<NewJob> = {}): NewJob =>
  newJob(id, { ...SAME_PARTITION, ...parts });
export const ref = (id: string): { readonly id: string; readonly partition: string } => ({ id, ...SAME_PARTITION });
export const stateOf = (harness: Linked, id: string): Promise<string> => stateIn(harness, id, SAME_PARTITION.partition);

export function child(
  id: string,
  parents: readonly string[],
  parts: Partial<NewJob> = {},
  onFailed: After["onFailed"] = "dead",
): NewJob {
  return together(id, { ...parts, after: { jobs: parents.map(ref), onFailed } });
}

export function add(harness: Linked, ...jobs: readonly NewJob[]): Promise<readonly EnqueueAnswer[]> {
  return harness.adapter.enqueue(jobs);
}

export async function failuresOf(harness: Linked, id: string): Promise<readonly string[]> {
  const [row] = await harness.adapter.get([ref(id)]);
  return row?.failures.map(({ message }) => message) ?? [];
}
