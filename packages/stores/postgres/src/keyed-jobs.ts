import { type EnqueueAnswer, type NewJob, refusedFull, unknownParent } from "@longshore/core/adapter";
import { encodeAbout } from "./about.ts";
import type { Int8 } from "./client.ts";
import { patienceOf } from "./expiry.ts";
import { keptKey } from "./keys.ts";
import { keptLimits } from "./lanes.ts";
import { encodeText } from "./text.ts";

/**
 * `u` to `m` are about the unique key: itself, what to do, for how long it is held, and the longest wait. `s`: it has parts
 * behind the key; `l` and `r`: the key of a limit, and its number; `x` and `z`: the parents, and whether it is dead with them;
 * `w`: how many jobs of its queue may not have ended.
 */
export const KEYED_JOBS =
  "json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8)";

/** The first row has only the time. */
export type KeyedRow = { readonly i: number; readonly state: string | null; readonly now: Int8 };

/** Whether some jobs are more than plain ones. */
export function isKeyed(jobs: readonly NewJob[]): boolean {
  return jobs.some(
    ({ unique, limits, startWithinMs, after, maxDepth }) =>
      (unique ?? limits ?? startWithinMs ?? after ?? maxDepth) !== undefined,
  );
}

/** What `about` has of a job behind its partition. */
function partsOf(job: NewJob): readonly (object | undefined)[] {
  return [keptKey(job), keptLimits(job), patienceOf(job)];
}

export function decodeKeyedAnswers(
  rows: readonly KeyedRow[],
  jobs: readonly NewJob[],
): { readonly answers: readonly EnqueueAnswer[]; readonly now: number } {
  const answers: EnqueueAnswer[] = [];
  for (const { i, state } of rows) if (state !== null) answers[i] = keyedAnswer(JSON.parse(state), jobs);
  return { answers, now: Number(rows[0]?.now) };
}

/** `unknown`: a job of the call, and the parent that it names and that does not exist. `full`: the job that found its queue full. */
type KeyedAnswer =
  | EnqueueAnswer
  | { readonly unknown: readonly [child: string, parent: string] }
  | { readonly full: number };

export function keyedAnswer(told: KeyedAnswer, jobs: readonly NewJob[]): EnqueueAnswer {
  if ("full" in told) return refusedFull(jobs[told.full] as NewJob, Infinity) as EnqueueAnswer; // it is one of them, with a number
  if (!("unknown" in told)) return told;
  const [id, parent] = told.unknown;
  return unknownParent({ id }, parent);
}

/** Jobs as the parameter of the function. */
export function encodeKeyedJobs(jobs: readonly NewJob[]): string {
  return JSON.stringify(
    jobs.map((job, i) => {
      const { id, queue, priority, due, keepMs, name, headers, partition, payload, unique, limits, after, maxDepth } =
        job;
      const instant = "at" in due ? { a: Math.ceil(due.at) } : { d: Math.ceil(due.inMs) };
      const family = after && { x: after.jobs.map((ref) => ref.id), z: after.onFailed === "dead" };
      const common = {
        i,
        id,
        q: queue,
        p: priority,
        ...instant,
        k: keepMs,
        n: name,
        b: encodeText(payload),
        ...family,
        w: maxDepth,
      };
      const [key, ...others] = partsOf(job);
      const isMore = others.some((part) => part !== undefined);
      if (key === undefined && !isMore) {
        return { ...common, h: JSON.stringify(partition === undefined ? [headers] : [headers, partition]) };
      }
      const lane = limits?.key === undefined ? {} : { l: encodeText(limits.key), r: limits.running };
      const limited = {
        ...common,
        h: encodeAbout(headers, partition, [key, ...others]),
        ...(isMore && { s: true }),
        ...lane,
      };
      if (unique === undefined) return limited;
      const { on, forMs, maxWaitMs } = unique;
      const longest = on === "debounce" && maxWaitMs !== undefined ? { m: Math.ceil(maxWaitMs) } : {};
      const held = forMs === undefined ? {} : { f: Math.ceil(forMs) };
      return { ...limited, u: encodeText(unique.key), o: on, ...held, ...longest };
    }),
  );
}

/** Whether the answer to a job means that it was created. */
export function isCreated({ id }: NewJob, answer: EnqueueAnswer): boolean {
  return answer.status === "created" || (answer.status === "queued_behind" && answer.id === id);
}
