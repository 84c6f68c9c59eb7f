import {
  AFTER,
  type FailureRecord,
  type JobState,
  NO_PLACE,
  PAUSED,
  QUEUE_FULL,
  type StoredJob,
  waitsFor,
} from "@longshore/core/adapter";
import type { Int8 } from "./client.ts";
import { numberOf, waits } from "./family.ts";
import { type KeptKey, uniqueKeyOf } from "./keys.ts";
import { parkedAt } from "./lanes.ts";
import { isPaused } from "./pauses.ts";
import { isFull } from "./queue-limits.ts";
import { DUE_AT, stateOf } from "./tables.ts";
import { decodeText } from "./text.ts";

/** What is selected of a row `j` to show it, at the time `now` (an expression). Its names are in lower case on purpose: clients may rewrite others. */
export function shown(schema: string, now: string): string {
  return `j.id, j.queue, j.name, j.priority, j.attempt, j.born, ${DUE_AT} as due, ${stateOf("j", now)} as state, j.about, j.payload, j.result, j.why, array_to_json(j.failures)::text as failures, ${isPaused(schema, "j.queue", now)} as held, ${isFull(schema, "j.queue", now)} as crowded, case when j.ended = 'blocked' then exists (select from ${parkedAt(schema, "j")}) else false end as parked, case when j.ended = 'blocked' then coalesce(${waits(schema, numberOf("j"))}, false) else false end as waiting`;
}

export type ShownRow = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload", string> &
    Record<"born" | "due", Int8> &
    Record<"result" | "why" | "failures", string | null> &
    Record<"priority" | "attempt", number> & {
      state: JobState;
      held: boolean;
      crowded: boolean;
      parked: boolean;
      waiting: boolean;
    }
>;

export function storedJob(row: ShownRow): StoredJob {
  const { id, queue, name, priority, attempt, state, why, held } = row;
  const waiting = waitsFor(
    state,
    why === null ? undefined : { reason: JSON.parse(why), since: 0 },
    held ? PAUSED : row.crowded ? QUEUE_FULL : undefined,
    row.waiting ? AFTER : row.parked ? NO_PLACE : undefined,
  );
  return {
    id,
    name,
    queue,
    payload: decodeText(row.payload),
    ...aboutOf(row.about),
    ...parentsIn(row.about),
    priority,
    state,
    attempt,
    enqueuedAt: Number(row.born),
    dueAt: Number(row.due),
    failures: row.failures === null ? [] : (JSON.parse(row.failures) as string[]).map(failureOf),
    ...(waiting !== undefined && { waitsFor: waiting }),
    ...(row.result !== null && { result: decodeText(row.result) }),
  };
}

function failureOf(json: string): FailureRecord {
  return JSON.parse(json);
}

/** The last of these texts and what it says: the jobs of a claim are often alike. */
let last: readonly [about: string, ...About] | undefined;
type About = [
  headers: StoredJob["headers"],
  partition?: string | null,
  key?: KeptKey | null,
  limits?: object | null,
  patience?: object | null,
  family?: Family,
];
type Family = { readonly of?: { readonly ids: readonly string[] } };

function parentsIn(about: string): Pick<StoredJob, "after"> {
  const family = parsed(about)[6];
  return family?.of === undefined ? {} : { after: family.of.ids };
}

/** Whether it has limits. */
export function isLimited(about: string): boolean {
  const [, , , , limits] = parsed(about);
  return limits !== undefined && limits !== null;
}

export function aboutOf(about: string): Pick<StoredJob, "headers" | "partition" | "uniqueKey"> {
  const [, headers, partition, key] = parsed(about);
  // Each job has its own headers.
  return { headers: { ...headers }, ...(typeof partition === "string" && { partition }), ...(key && uniqueKeyOf(key)) };
}

function parsed(about: string): readonly [about: string, ...About] {
  if (last?.[0] !== about) last = [about, ...(JSON.parse(about) as About)]; // as it was encoded
  return last;
}
