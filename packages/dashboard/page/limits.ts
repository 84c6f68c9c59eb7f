import type { JobLimits } from "../src/api.ts";
import { count, duration } from "./format.ts";

/** `at most 5 run at a time, 100 start in 1 m`; undefined if there is no limit. */
export function limitsText({ running, starts, maxDepth, ordered }: JobLimits): string | undefined {
  const parts = [
    maxDepth === undefined ? [] : `${count(maxDepth)} wait and run in all`,
    ordered || running === undefined ? [] : `${count(running)} run at a time`,
    starts === undefined ? [] : `${count(starts.most)} start in ${duration(starts.inMs)}`,
  ].flat();
  if (ordered) return "one runs after the other, in their order";
  return parts.length === 0 ? undefined : `at most ${parts.join(", ")}`;
}
