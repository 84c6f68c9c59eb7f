import {
  type ClaimedJob,
  type FailureRecord,
  type HeapItem,
  type JobState,
  type NewJob,
  type Snoozed,
  type StoredJob,
  type TerminalState,
  stateOf,
  waitsFor,
} from "@longshore/core/adapter";

/** A job as the store keeps it. `key` is when a claim may take it, when its lease ends, or when its retention ends. */
export type Row = HeapItem & {
  readonly job: NewJob;
  before: Row | undefined;
  behind: Row | undefined;
  /** The one structure that contains this row. */
  location: "list" | "heap" | "leases" | "kept" | "dead";
  /** The time of the enqueue or the replay. */
  bornAt: number;
  attempt: number;
  /** The token of the last claim; 0 before the first. */
  token: number;
  leased: boolean;
  /** When the job was claimed and how long it had waited. Set from the claim to the settlement, if the store counts. */
  claim: { readonly at: number; readonly waitedMs: number } | undefined;
  /** Undefined for most jobs: they run once and are gone. */
  history: History | undefined;
};

/** What happened in a row's earlier claims. */
export type History = {
  /** The token that settled last. It tells a repeated settlement from one by another worker. */
  readonly settledBy: number;
  readonly failures: readonly FailureRecord[];
  /** Whether a snooze gave it back, with or without a reason. */
  readonly givenBack?: boolean;
  readonly snoozed?: Snoozed | undefined;
  readonly ended?: { readonly state: TerminalState; readonly at: number; readonly result?: string };
};

export const NO_HISTORY: History = { settledBy: 0, failures: [] };

export function newRow(job: NewJob, seq: number, now: number, dueAt: number): Row {
  return {
    key: dueAt,
    seq,
    place: 0,
    job,
    before: undefined,
    behind: undefined,
    location: "heap",
    bornAt: now,
    attempt: 0,
    token: 0,
    leased: false,
    claim: undefined,
    history: undefined,
  };
}

export function stateAt({ history, leased, key, attempt }: Row, now: number): JobState {
  return stateOf(
    { ended: history?.ended?.state, leased, dueAt: key, attempt, givenBack: history?.givenBack === true },
    now,
  );
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
  const snoozed = row.history?.snoozed;
  if (partition === undefined && snoozed === undefined) return job;
  return {
    ...job,
    ...(partition !== undefined && { partition }),
    ...(snoozed && { snoozed: { reason: snoozed.reason, forMs: Math.max(0, now - snoozed.since) } }),
  };
}

/** `held`: why the queue hands out no jobs. */
export function stored(row: Row, held: string | undefined, now: number): StoredJob {
  const { due: _due, keepMs: _keepMs, ...data } = row.job;
  const { failures, ended, snoozed } = row.history ?? NO_HISTORY;
  const state = stateAt(row, now);
  const waiting = waitsFor(state, snoozed, held);
  return {
    ...data,
    state,
    attempt: row.attempt,
    enqueuedAt: row.bornAt,
    dueAt: ended?.at ?? row.key,
    failures,
    ...(waiting !== undefined && { waitsFor: waiting }),
    ...(ended?.result !== undefined && { result: ended.result }),
  };
}
