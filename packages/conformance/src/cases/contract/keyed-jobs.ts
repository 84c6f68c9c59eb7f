import type { EnqueueAnswer, NewJob, Unique } from "@longshore/core/adapter";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION, newJob, stateOf as stateIn } from "../../jobs.ts";

export type Keyed = Harness<"Keys" | "Pull" | "Inspect" | "Control">;
export const NEEDS: readonly ["Keys", "Pull", "Inspect", "Control"] = ["Keys", "Pull", "Inspect", "Control"];
export const KEEP: Unique = { key: "k", on: "keep" };
export const REPLACE: Unique = { key: "k", on: "replace" };
export const DEBOUNCE: Unique = { key: "k", on: "debounce" };

/** Keys hold within a partition. */
export const keyed = (unique: Unique, parts: Partial<NewJob> = {}): Partial<NewJob> => ({
  ...SAME_PARTITION,
  unique,
  ...parts,
});
export const stateOf = (harness: Keyed, id: string): Promise<string> => stateIn(harness, id, SAME_PARTITION.partition);
export const ref = (id: string): { readonly id: string; readonly partition: string } => ({ id, ...SAME_PARTITION });

export async function add(
  harness: Keyed,
  id: string,
  unique: Unique,
  parts?: Partial<NewJob>,
): Promise<EnqueueAnswer | undefined> {
  return (await harness.adapter.enqueue([newJob(id, keyed(unique, parts))]))[0];
}

export async function payloadOf(harness: Keyed, id: string): Promise<string | undefined> {
  return (await harness.adapter.get([ref(id)]))[0]?.payload;
}
