import {
  AFTER,
  type JobState,
  type NewJob,
  PAUSED,
  type StoredJob,
  type Unique,
  waitsFor,
} from "@longshore/core/adapter";
import { type Related, waitsForParents } from "./family.ts";
import { isPaused } from "./pauses.ts";
import { LATEST, NOW, QUEUE, STATE } from "./tables.ts";
import { decodeText, encodeText } from "./text.ts";

/** What is selected of a row `j` to show it. */
export const SHOWN: string = `j.id, ${QUEUE} AS queue, j.name, j.priority, j.attempt, j.born, coalesce(j.until, j.due) AS due, ${STATE} AS state, j.about, j.payload, j.result, j.why, j.failures, ${isPaused("j.queue", NOW)} AS held, ${waitsForParents("j")} AS waits`;

export type ShownRow = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload", string> &
    Record<"result" | "why" | "failures", string | null> &
    Record<"priority" | "attempt" | "born" | "due" | "held" | "waits", number> & { state: JobState }
>;

export function storedJob(row: ShownRow): StoredJob {
  const { id, queue, name, priority, attempt, born, due, state, why, failures, result, held, waits } = row;
  // Only the reason is shown, and not since when.
  const snoozed = why === null ? undefined : { reason: JSON.parse(why), since: 0 };
  const waiting = waitsFor(state, snoozed, held === 1 ? PAUSED : undefined, waits === 1 ? AFTER : undefined);
  return {
    id,
    name,
    queue,
    payload: decodeText(row.payload),
    ...aboutOf(row.about),
    ...parentsOf(row.about),
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

export function aboutOf(about: string): Pick<StoredJob, "headers" | "partition" | "uniqueKey"> {
  if (about === USUAL) return { headers: { v: "1" } };
  const [headers, partition, , , key] = JSON.parse(about);
  return {
    headers,
    ...(typeof partition === "string" && { partition }),
    ...(key && { uniqueKey: decodeText(key.key) }),
  };
}

/** One that stands for two of its call is told once. */
function parentsOf(about: string): Pick<StoredJob, "after"> {
  if (!about.includes('"after":')) return {};
  const [, , , , , family] = JSON.parse(about);
  return family?.after === undefined ? {} : { after: [...new Set<string>(family.after.ids)] };
}

/**
 * What few statements look at: headers, partition, the time within which a job must begin, by when, its unique key, and its
 * relatives.
 */
export function encodeAbout(job: NewJob | Related): string {
  const { id, headers, partition, startWithinMs, unique } = job;
  const within = startWithinMs === undefined ? null : Math.ceil(startWithinMs);
  if ("family" in job && Object.keys(job.family).length > 0) {
    const key = unique === undefined ? null : encodeKey(id, unique);
    return JSON.stringify([headers, partition ?? null, within, null, key, job.family]);
  }
  if (unique !== undefined) return JSON.stringify([headers, partition ?? null, within, null, encodeKey(id, unique)]);
  if (within !== null) return JSON.stringify([headers, partition ?? null, within]);
  return JSON.stringify(partition === undefined ? [headers] : [headers, partition]);
}

/** Its instants, and its slot in the index, come with the insert. */
function encodeKey(from: string, { key, on, forMs = 0, maxWaitMs }: Unique): unknown {
  const wait = on === "debounce" && maxWaitMs !== undefined && { maxWaitMs: Math.ceil(Math.min(maxWaitMs, LATEST)) };
  return { key: encodeText(key), on, forMs: Math.ceil(Math.min(forMs, LATEST)), ...wait, from };
}
