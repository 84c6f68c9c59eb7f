import type { JobLimits } from "../src/api.ts";
import { count, duration } from "./format.ts";

/** `at most 5 running at a time, 100 started in 1 m`; undefined if there is no limit. */
export function limitsText({ running, starts, maxDepth, ordered }: JobLimits): string | undefined {
  const parts = [
    maxDepth === undefined ? [] : `${count(maxDepth)} waiting or running`,
    ordered || running === undefined ? [] : `${count(running)} running at a time`,
    starts === undefined ? [] : `${count(starts.most)} started in ${duration(starts.inMs)}`,
  ].flat();
  if (ordered) return "one runs after the other, in their order";
  return parts.length === 0 ? undefined : `at most ${parts.join(", ")}`;
}
