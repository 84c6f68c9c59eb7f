import {
  type ClaimedJob,
  type FailureRecord,
  type JobState,
  type NewJob,
  type StoredJob,
  type TerminalState,
  stateOf,
} from "@longshore/core/adapter";

import type { HeapItem } from "./heap.ts";

/** A job as the store keeps it. */
export type Row = HeapItem & {
  before: Row | undefined;
  behind: Row | undefined;
  readonly job: NewJob;
  enqueuedAt: number;
  /** When a claim may take it; the lease's end while leased; when it ended once terminal. */
  dueAt: number;
  attempt: number;
  /** Of the last claim; 0 before the first. */
  token: number;
  leased: boolean;
  /** The token that settled last, to tell our own repeated settlement from somebody else's. */
  settledBy: number;
  ended: TerminalState | undefined;
  result: string | undefined;
  failures: readonly FailureRecord[];
  /** The one structure that holds it. */
  stands: "line" | "heap" | "leases" | "kept" | "buried";
};

const NO_FAILURES: readonly FailureRecord[] = [];

export function newRow(job: NewJob, seq: number, now: number, dueAt: number): Row {
  return {
    job,
    seq,
    key: dueAt,
    place: 0,
    before: undefined,
    behind: undefined,
    stands: "heap",
    enqueuedAt: now,
    dueAt,
    attempt: 0,
    token: 0,
    leased: false,
    settledBy: 0,
    ended: undefined,
    result: undefined,
    failures: NO_FAILURES,
  };
}

export function stateAt(row: Row, now: number): JobState {
  return stateOf(row, now);
}

export function claimed(row: Row, stalled: boolean, dueAt: number, now: number): ClaimedJob {
  const { id, partition, name, queue, payload, headers, priority } = row.job;
  const job = {
    id,
    name,
    queue,
    payload,
    headers,
    priority,
    token: row.token,
    attempt: row.attempt,
    stalled,
    ageMs: Math.max(0, now - row.enqueuedAt),
    waitedMs: Math.max(0, now - dueAt),
  };
  return partition === undefined ? job : { ...job, partition };
}

export function stored(row: Row, now: number): StoredJob {
  const { due: _due, keepMs: _keepMs, ...data } = row.job;
  const { attempt, enqueuedAt, dueAt, failures, result } = row;
  const job = { ...data, state: stateAt(row, now), attempt, enqueuedAt, dueAt, failures };
  return result === undefined ? job : { ...job, result };
}
