import {
  AFTER,
  type After,
  type ClaimedJob,
  type FailureRecord,
  type HeapItem,
  type HeldKey,
  type JobState,
  type NewJob,
  type Snoozed,
  type StoredJob,
  type TerminalState,
  NO_PLACE,
  stateOf,
  waitsFor,
} from "@longshore/core/adapter";

/**
 * A job as the store keeps it. `key` is when a claim may take it, when its lease ends, or when its retention ends. What few
 * jobs need has no place in the others: a store holds a hundred thousand of these.
 */
export type Row = HeapItem & {
  /** The order of enqueues; one that waited behind its limit's key comes last again when it is let through. */
  seq: number;
  /** Another enqueue with its unique key may replace it, but its id and partition. */
  job: NewJob;
  before: Row | undefined;
  behind: Row | undefined;
  /**
   * The one structure that contains this row. In none: one that waits behind another with its key, one that waits for its
   * parents, one that has ended and is held by its children, and one that is gone.
   */
  location: "waiting" | "leases" | "kept" | "dead" | "behind" | "after" | "held" | "gone";
  /** The time of the enqueue or the replay. */
  bornAt: number;
  /** When its first attempt must have begun, if that is limited. */
  beginBy?: number | undefined;
  attempt: number;
  /** The token of the last claim; 0 before the first. */
  token: number;
  leased: boolean;
  /** It waits behind the key of its limit, in the list or heap of that key. */
  parked: boolean;
  /** When the job was claimed and how long it had waited. Set from the claim to the settlement, if the store counts. */
  claim?: { readonly at: number; readonly waitedMs: number } | undefined;
  /** Undefined for most jobs: they run once and are gone. */
  history: History | undefined;
  /** Of a job with a unique key. */
  held?: HeldKey | undefined;
  parents?: Parents | undefined;
  children?: Children | undefined;
};

/** The parents of a row, and whether it waits for them. */
type Parents = {
  readonly rows: readonly Row[];
  readonly onFailed: After["onFailed"];
  /** It is blocked until none of them is open. */
  waits: boolean;
  /** How many of them have not ended. */
  open: number;
  /** The one whose end made it dead. */
  buriedBy: Row | undefined;
};

/** The rows that come after a row, in the order of their enqueues, and how many of them have not ended. */
type Children = { readonly rows: Set<Row>; open: number };

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

/** The time within which its first attempt must begin counts from now, or from when it is due. */
export function startPatience(row: Row, now: number): void {
  const { startWithinMs } = row.job;
  row.beginBy = startWithinMs === undefined ? undefined : Math.max(row.key, now) + startWithinMs;
}

export function hasExpired({ leased, attempt, beginBy }: Row, now: number): boolean {
  return beginBy !== undefined && now > beginBy && attempt === 0 && !leased;
}

export function newRow(job: NewJob, seq: number, now: number, dueAt: number, held?: HeldKey): Row {
  const row: Row = {
    key: dueAt,
    seq,
    place: 0,
    job,
    before: undefined,
    behind: undefined,
    location: "waiting",
    bornAt: now,
    attempt: 0,
    token: 0,
    leased: false,
    parked: false,
    history: undefined,
  };
  if (held !== undefined) row.held = held;
  return row;
}

export function stateAt({ history, leased, key, attempt, location, parked }: Row, now: number): JobState {
  const ended = history?.ended?.state;
  const givenBack = history?.givenBack === true;
  const blocked = parked || location === "behind" || location === "after";
  return stateOf({ ended, leased, dueAt: key, attempt, givenBack, blocked }, now);
}

/** How old it is, and how long it has been due. The clock may have gone back. */
export function timesOf({ bornAt }: Row, dueAt: number, now: number): Pick<ClaimedJob, "ageMs" | "waitedMs"> {
  return { ageMs: Math.max(0, now - bornAt), waitedMs: Math.max(0, now - dueAt) };
}

export function claimed(row: Row, stalled: boolean, dueAt: number, now: number): ClaimedJob {
  const { id, partition, name, queue, payload, headers, priority } = row.job;
  const { ageMs, waitedMs } = timesOf(row, dueAt, now);
  const { token, attempt } = row;
  const job = { id, name, queue, payload, headers, priority, token, attempt, stalled, ageMs, waitedMs };
  const snoozed = row.history?.snoozed;
  const { limits } = row.job;
  if (partition === undefined && snoozed === undefined && row.held === undefined && limits === undefined) return job;
  return {
    ...job,
    ...(row.held && { uniqueKey: row.held.key }),
    ...(limits && { limited: true as const }),
    ...(partition !== undefined && { partition }),
    ...(snoozed && { snoozed: { reason: snoozed.reason, forMs: Math.max(0, now - snoozed.since) } }),
  };
}

/** `held`: why the queue hands out no jobs. */
export function stored(row: Row, held: string | undefined, now: number): StoredJob {
  const {
    due: _due,
    keepMs: _keepMs,
    unique,
    limits: _limits,
    after: _after,
    startWithinMs: _within,
    maxDepth: _most,
    ...data
  } = row.job;
  const { failures, ended, snoozed } = row.history ?? NO_HISTORY;
  const state = stateAt(row, now);
  const behind = row.location === "after" ? AFTER : undefined;
  const waiting = waitsFor(state, snoozed, held, row.parked ? NO_PLACE : behind);
  return {
    ...data,
    state,
    attempt: row.attempt,
    enqueuedAt: row.bornAt,
    dueAt: ended?.at ?? row.key,
    failures,
    ...(unique && { uniqueKey: unique.key }),
    ...(row.parents && { after: row.parents.rows.map(({ job }) => job.id) }),
    ...(waiting !== undefined && { waitsFor: waiting }),
    ...(ended?.result !== undefined && { result: ended.result }),
  };
}
