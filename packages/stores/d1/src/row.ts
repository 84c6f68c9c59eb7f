import { type JobState, type NewJob, PAUSED, type StoredJob, waitsFor } from "@longshore/core/adapter";
import { isPaused } from "./pauses.ts";
import { NOW, STATE } from "./tables.ts";
import { decodeText } from "./text.ts";

/** What is selected of a row `j` to show it. */
export const SHOWN: string = `j.id, j.queue, j.name, j.priority, j.attempt, j.born, coalesce(j.until, j.due) AS due, ${STATE} AS state, j.about, j.payload, j.result, j.why, j.failures, ${isPaused("j.queue", NOW)} AS held`;

export type ShownRow = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload", string> &
    Record<"result" | "why" | "failures", string | null> &
    Record<"priority" | "attempt" | "born" | "due" | "held", number> & { state: JobState }
>;

export function storedJob(row: ShownRow): StoredJob {
  const { id, queue, name, priority, attempt, born, due, state, why, failures, result, held } = row;
  // Only the reason is shown, and not since when.
  const snoozed = why === null ? undefined : { reason: JSON.parse(why), since: 0 };
  const waiting = waitsFor(state, snoozed, held === 1 ? PAUSED : undefined);
  return {
    id,
    name,
    queue,
    payload: decodeText(row.payload),
    ...aboutOf(row.about),
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

export function aboutOf(about: string): Pick<StoredJob, "headers" | "partition"> {
  if (about === USUAL) return { headers: { v: "1" } };
  const [headers, partition] = JSON.parse(about);
  return typeof partition === "string" ? { headers, partition } : { headers };
}

/** What no statement looks at, but for the time within which a job must begin. */
export function encodeAbout({ headers, partition, startWithinMs }: NewJob): string {
  if (startWithinMs !== undefined) return JSON.stringify([headers, partition ?? null, Math.ceil(startWithinMs)]);
  return JSON.stringify(partition === undefined ? [headers] : [headers, partition]);
}
