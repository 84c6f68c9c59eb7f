import {
  type ClaimedJob,
  type FailureRecord,
  type HeapItem,
  type JobState,
  type NewJob,
  type StoredJob,
  type TerminalState,
  stateOf,
} from "@longshore/core/adapter";

/** A job as the store keeps it. Its `key` is when a claim may take it, its lease's end, or its retention's end. */
export type Row = HeapItem & {
  readonly job: NewJob;
  before: Row | undefined;
  behind: Row | undefined;
  /** The one structure that holds it. */
  stands: "line" | "heap" | "leases" | "kept" | "buried";
  /** Of its enqueue or replay. */
  bornAt: number;
  attempt: number;
  /** Of the last claim; 0 before the first. */
  token: number;
  leased: boolean;
  /** When it was claimed and how long it had waited, until it is settled, where somebody counts. */
  claim: { readonly at: number; readonly waitedMs: number } | undefined;
  /** Most jobs never have one: they run once and are gone. */
  past: Past | undefined;
};

/** What came of a row's claims so far. */
export type Past = {
  /** The token that settled last, to tell our own repeated settlement from somebody else's. */
  readonly settledBy: number;
  readonly failures: readonly FailureRecord[];
  readonly ended?: { readonly state: TerminalState; readonly at: number; readonly result?: string };
};

export const NO_PAST: Past = { settledBy: 0, failures: [] };

export function newRow(job: NewJob, seq: number, now: number, dueAt: number): Row {
  return {
    key: dueAt,
    seq,
    place: 0,
    job,
    before: undefined,
    behind: undefined,
    stands: "heap",
    bornAt: now,
    attempt: 0,
    token: 0,
    leased: false,
    claim: undefined,
    past: undefined,
  };
}

export function stateAt({ past, leased, key, attempt }: Row, now: number): JobState {
  return stateOf({ ended: past?.ended?.state, leased, dueAt: key, attempt }, now);
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
    ageMs: Math.max(0, now - row.bornAt),
    waitedMs: Math.max(0, now - dueAt),
  };
  return partition === undefined ? job : { ...job, partition };
}

export function stored(row: Row, now: number): StoredJob {
  const { due: _due, keepMs: _keepMs, ...data } = row.job;
  const { failures, ended } = row.past ?? NO_PAST;
  const dueAt = ended?.at ?? row.key;
  const job = { ...data, state: stateAt(row, now), attempt: row.attempt, enqueuedAt: row.bornAt, dueAt, failures };
  return ended?.result === undefined ? job : { ...job, result: ended.result };
}
