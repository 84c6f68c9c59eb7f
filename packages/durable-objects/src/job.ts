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

export function stateAt({ ended, due, attempt }: Row, lease: Held | undefined, now: number): JobState {
  const leased = lease !== undefined;
  const facts = { ended: ended ?? undefined, leased, dueAt: lease?.until ?? due, attempt: lease?.attempt ?? attempt };
  return stateOf(facts, now);
}

export function claimedJob(row: Row, { token, attempt }: Held, stalledAt: number | undefined, now: number): ClaimedJob {
  return {
    ...dataOf(row),
    token,
    attempt,
    stalled: stalledAt !== undefined,
    ageMs: Math.max(0, now - row.born),
    waitedMs: Math.max(0, now - (stalledAt ?? row.due)),
  };
}

export function storedJob(row: Row, lease: Held | undefined, now: number): StoredJob {
  const job = {
    ...dataOf(row),
    state: stateAt(row, lease, now),
    attempt: lease?.attempt ?? row.attempt,
    enqueuedAt: row.born,
    dueAt: lease?.until ?? row.due,
    failures: failuresOf(row),
  };
  return row.result === null ? job : { ...job, result: row.result };
}

export function failuresOf({ failures }: Row): readonly FailureRecord[] {
  return failures === null ? [] : JSON.parse(failures);
}

function dataOf({ id, partition, name, queue, payload, headers, priority }: Row): JobData {
  const data = { id, name, queue, payload, headers: JSON.parse(headers), priority };
  return partition === null ? data : { ...data, partition };
}
