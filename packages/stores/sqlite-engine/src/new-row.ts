import { type HeldKey, type NewJob, dueWithKey } from "@longshore/core/adapter";
import { withPatience } from "./expiry.ts";
import { inLane, laneOf } from "./limits.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";

/** What of a new job is in `about`. Each is written out: to copy what is left of the job costs twice as much. */
type About = Omit<NewJob, "id" | "queue" | "priority" | "payload" | "due" | "keepMs" | "unique" | "after" | "maxDepth">;

export function aboutOf({ partition, name, headers, limits, startWithinMs }: NewJob): string {
  const about: { readonly [K in keyof Required<About>]: About[K] } = {
    partition,
    name,
    headers,
    limits,
    startWithinMs,
  };
  return JSON.stringify(about);
}

export function newRow(
  job: NewJob,
  { tables, leases }: StoreState,
  now: number,
  held?: HeldKey,
  about: string = aboutOf(job),
): Row {
  const row: Row = {
    id: job.id,
    queue: job.queue,
    priority: job.priority,
    waiting: 1,
    due: dueWithKey(job, held, now, 1),
    seq: tables.next(),
    ended: null,
    expires: null,
    attempt: 0,
    token: -leases.newest - 0.5,
    born: now,
    keep: job.keepMs,
    about,
    snoozed: null,
    failures: null,
    result: null,
    payload: job.payload,
  };
  return job.startWithinMs === undefined ? row : withPatience(row, now);
}

/** A new row that will wait for its claim, or, if it is due, behind the key of its limit. */
export function entering({ lanes }: StoreState, row: Row, now: number): Row {
  const lane = laneOf(row, now);
  if (lane === undefined) return row;
  lanes.changed.add(lane);
  return inLane(row, lane);
}
