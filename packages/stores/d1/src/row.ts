import {
  AFTER,
  type JobState,
  NO_PLACE,
  type NewJob,
  PAUSED,
  QUEUE_FULL,
  type StoredJob,
  type Unique,
  waitsFor,
} from "@longshore/core/adapter";
import type { Family, Related } from "./family.ts";
import { keptLimits } from "./lanes.ts";
import { isPaused } from "./pauses.ts";
import { isFull } from "./places.ts";
import { LATEST, NOW, QUEUE, STATE } from "./tables.ts";
import { decodeText, encodeText } from "./text.ts";

/** What is selected of a row `j` to show it. */
export const SHOWN: string = `j.id, ${QUEUE} AS queue, j.name, j.priority, j.attempt, j.born, coalesce(j.until, j.due) AS due, ${STATE} AS state, j.about, j.payload, j.result, j.why, j.failures, iif(${isPaused("j.queue", NOW)}, '${PAUSED}', iif(${isFull("j.queue", NOW)}, '${QUEUE_FULL}', NULL)) AS held, substr(j.queue, instr(j.queue || char(10), char(10)) + 1) AS line`;

/** Why a job waits, by its line; behind a unique key, as `waitsFor` says it. */
const BEHIND: Readonly<Record<string, string>> = { after: AFTER, turn: NO_PLACE };

export type ShownRow = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload", string> &
    Record<"line", string> &
    Record<"result" | "why" | "failures" | "held", string | null> &
    Record<"priority" | "attempt" | "born" | "due", number> & { state: JobState }
>;

export function storedJob(row: ShownRow): StoredJob {
  const { id, queue, name, priority, attempt, born, due, state, why, failures, result, held, line } = row;
  // Only the reason is shown, and not since when.
  const snoozed = why === null ? undefined : { reason: JSON.parse(why), since: 0 };
  const { values, ...about } = aboutOf(row.about);
  const waiting = waitsFor(state, snoozed, held ?? undefined, BEHIND[line]);
  return {
    id,
    name,
    queue,
    payload: decodeText(row.payload),
    ...about,
    ...parentsOf(values[5]),
    priority,
    state,
    attempt,
    enqueuedAt: born,
    dueAt: due,
    failures: JSON.parse(failures ?? "[]"),
    ...(waiting !== undefined && { waitsFor: waiting }),
    ...(result !== null && { result: decodeText(result) }),
  };
}

/** The usual headers: most jobs have no others. */
const USUAL = '[{"v":"1"}]';

/** `values`: all that `about` says. */
export function aboutOf(
  about: string,
): Pick<StoredJob, "headers" | "partition" | "uniqueKey"> & { readonly values: readonly unknown[] } {
  if (about === USUAL) return { headers: { v: "1" }, values: [] };
  const values = JSON.parse(about);
  const [headers, partition, , , key] = values;
  return {
    headers,
    values,
    ...(typeof partition === "string" && { partition }),
    ...(key && { uniqueKey: decodeText(key.key) }),
  };
}

/** One that stands for two of its call is told once. */
function parentsOf(family: unknown): Pick<StoredJob, "after"> {
  const { after } = (family ?? {}) as Family; // as `encodeAbout` made it
  return after === undefined ? {} : { after: [...new Set(after.ids)] };
}

/**
 * What few statements look at: headers, partition, the time within which a job must begin, by when, its unique key, its
 * relatives, its limits, and what these have done.
 */
export function encodeAbout(job: NewJob | Related): string {
  const { id, headers, partition, startWithinMs, unique, limits } = job;
  const within = startWithinMs && Math.ceil(startWithinMs);
  const family = "family" in job && Object.keys(job.family).length > 0 ? job.family : undefined;
  const key = unique && encodeKey(id, unique);
  const values = [headers, partition, within, undefined, key, family, ...(limits ? [keptLimits(limits), {}] : [])];
  while (values.at(-1) === undefined) values.pop();
  return JSON.stringify(values);
}

/** Its instants, and its slot in the index, come with the insert. */
function encodeKey(from: string, { key, on, forMs = 0, maxWaitMs }: Unique): unknown {
  const wait = on === "debounce" && maxWaitMs !== undefined && { maxWaitMs: Math.ceil(Math.min(maxWaitMs, LATEST)) };
  return { key: encodeText(key), on, forMs: Math.ceil(Math.min(forMs, LATEST)), ...wait, from };
}
