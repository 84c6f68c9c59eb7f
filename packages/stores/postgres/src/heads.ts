import type { NewJob } from "@longshore/core/adapter";
import { isKeyed } from "./keyed-jobs.ts";

/** A claim reads whole lines when the last one that did so is this long ago. */
const READ_EVERY_MS = 1_000;
/** It finds the heads anew when they are this old. For a claim of one job that is a fifth of its work. */
const FIND_EVERY_MS = 20;

/**
 * Where the lines of a queue begin that has more due jobs than claims ask for, by priority: before, the index has only
 * jobs that have ended, which stay in it until a vacuum, and which each claim would read again. A row that comes in
 * there later, from a transaction that was open for long, is found when the lines are read from their start.
 */
export type Head = { readonly from: readonly number[]; readonly readAt: number; readonly foundAt: number };

/** By queue. A new map is one that knows nothing, also of what claims that are under way will find. */
export type Heads = Map<string, Head>;

export function headOf(heads: Heads, queue: string, now: number): Head {
  const head = heads.get(queue);
  if (head === undefined || Math.abs(now - head.readAt) >= READ_EVERY_MS)
    return { from: [], readAt: now, foundAt: now };
  return Math.abs(now - head.foundAt) < FIND_EVERY_MS ? head : { ...head, foundAt: now };
}

/** Whether new jobs may be due before some that have waited: by their time, or because they take another's place. */
export function mayOvertake(jobs: readonly NewJob[]): boolean {
  return isKeyed(jobs) || jobs.some(({ due }) => "at" in due);
}
