import {
  type ClaimedJob,
  type FailureRecord,
  type JobData,
  type JobState,
  type StoredJob,
  stateOf,
} from "@longshore/core/adapter";
import type { Held } from "./leases.ts";
import type { Row } from "./tables.ts";

export function stateAt(row: Row, lease: Held | undefined, now: number): JobState {
  const { due, attempt } = lease ?? row;
  return stateOf({ ended: row.ended ?? undefined, leased: lease !== undefined, dueAt: due, attempt }, now);
}

export function claimedJob(
  row: Row,
  { token, attempt }: Held,
  stalled: boolean,
  dueAt: number,
  now: number,
): ClaimedJob {
  // Due by this very clock, but a clock may have gone back since it was born.
  return { ...dataOf(row), token, attempt, stalled, ageMs: Math.max(0, now - row.born), waitedMs: now - dueAt };
}

export function storedJob(row: Row, lease: Held | undefined, now: number): StoredJob {
  const { due, attempt } = lease ?? row;
  const state = stateAt(row, lease, now);
  const job = { ...dataOf(row), state, attempt, enqueuedAt: row.born, dueAt: due, failures: failuresOf(row) };
  return row.result === null ? job : { ...job, result: row.result };
}

export function failuresOf({ failures }: Row): readonly FailureRecord[] {
  return JSON.parse(failures ?? "[]");
}

function dataOf({ id, queue, priority, payload, about }: Row): JobData {
  return { id, queue, priority, payload, ...JSON.parse(about) };
}
