import { type HeldKey, type NewJob, dueWithKey } from "@longshore/core/adapter";
import { withPatience } from "./expiry.ts";
import { inLane, laneOf } from "./limits.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";

export function newRow(job: NewJob, { tables, leases }: StoreState, now: number, held?: HeldKey): Row {
  const {
    id,
    queue,
    priority,
    payload,
    due: _due,
    keepMs,
    unique: _unique,
    after: _after,
    maxDepth: _most,
    ...about
  } = job;
  const row: Row = {
    id,
    queue,
    priority,
    waiting: 1,
    due: dueWithKey(job, held, now, 1),
    seq: tables.next(),
    ended: null,
    expires: null,
    attempt: 0,
    token: -leases.newest - 0.5,
    born: now,
    keep: keepMs,
    about: JSON.stringify(about),
    snoozed: null,
    failures: null,
    result: null,
    payload,
  };
  return withPatience(row, now);
}

/** A new row that will wait for its claim, or, if it is due, behind the key of its limit. */
export function entering({ lanes }: StoreState, row: Row, now: number): Row {
  const lane = laneOf(row, now);
  if (lane === undefined) return row;
  lanes.changed.add(lane);
  return inLane(row, lane);
}
