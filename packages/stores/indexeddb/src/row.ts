import {
  type ClaimedJob,
  type FailureRecord,
  type JobData,
  type JobState,
  type NewJob,
  type Snoozed,
  type StoredJob,
  type TerminalState,
  dueInstant,
  stateOf,
  waitsFor,
} from "@longshore/core/adapter";

/** What is known of a job. Everything else, its state and its index keys, follows from it. */
export type Facts = JobData & {
  readonly keepMs: number;
  /** Its place among the enqueues. */
  readonly seq: number;
  /** When it was enqueued, or replayed last. */
  readonly bornAt: number;
  /** When a claim may take it; while leased, the lease's end; once it has ended, when it did. */
  readonly dueAt: number;
  readonly attempt: number;
  /** The token of the last claim; 0 before the first. */
  readonly token: number;
  readonly leased: boolean;
  /** When it was claimed and how long it had been due, for the statistics. */
  readonly claimedAt: number;
  readonly waitedMs: number;
  /** The token that settled last. It tells a repeated settlement from one by another worker. */
  readonly settledBy: number;
  /** Whether a snooze gave it back. */
  readonly givenBack: boolean;
  readonly snoozed?: Snoozed | undefined;
  readonly failures: readonly FailureRecord[];
  readonly result?: string | undefined;
  /** `until`: when a completed or cancelled row may go. */
  readonly ended?: { readonly state: TerminalState; readonly until: number } | undefined;
};

/** A place in a queue: claims go by it, and a lease's is where the job stands once the lease is over. */
type Place = readonly [queue: string, priority: number, dueAt: number, seq: number];

/** The keys of the indexes; a row is in those indexes whose key it has. */
type Keys = {
  readonly turn?: Place;
  readonly lease?: Place;
  /** Of those with a turn, the ones that failed before. */
  readonly retry?: readonly [queue: string, dueAt: number];
  readonly kept?: readonly [queue: string, state: TerminalState, until: number];
  readonly dead?: number;
};

/** A job as it is stored. */
export type Row = Facts & { readonly keys: Keys };

/** Which count of its queue a row belongs to. None of them changes with time. */
export type Part = "waiting" | "leased" | TerminalState;

export function partOf({ ended, leased }: Facts): Part {
  return ended?.state ?? (leased ? "leased" : "waiting");
}

export function rowOf(facts: Facts): Row {
  return { ...facts, keys: keysOf(facts) };
}

function keysOf({ queue, priority, dueAt, seq, leased, attempt, givenBack, ended }: Facts): Keys {
  if (ended?.state === "dead") return { dead: dueAt };
  if (ended) return { kept: [queue, ended.state, ended.until] };
  const place: Place = [queue, priority, dueAt, seq];
  if (leased) return { lease: place };
  return { turn: place, ...(attempt > 0 && !givenBack && { retry: [queue, dueAt] }) };
}

export function newFacts({ due, ...job }: NewJob, seq: number, now: number): Facts {
  return {
    ...job,
    seq,
    bornAt: now,
    dueAt: dueInstant(due, now, 1),
    attempt: 0,
    token: 0,
    leased: false,
    claimedAt: 0,
    waitedMs: 0,
    settledBy: 0,
    givenBack: false,
    failures: [],
  };
}

/** Ended, or undefined if nothing is to be kept. One that is cancelled while leased stays until that lease's end. */
export function ended(facts: Facts, state: TerminalState, now: number): Facts | undefined {
  const keepMs = Math.max(facts.keepMs, state === "cancelled" && facts.leased ? facts.dueAt - now : 0);
  if (state !== "dead" && keepMs === 0) return undefined;
  return { ...facts, leased: false, dueAt: now, ended: { state, until: now + keepMs } };
}

/** Completed and cancelled rows past their time count as gone, deleted or not. */
export function isGone({ ended }: Facts, now: number): boolean {
  return ended !== undefined && ended.state !== "dead" && ended.until <= now;
}

export function stateAt(facts: Facts, now: number): JobState {
  return stateOf({ ...facts, ended: facts.ended?.state }, now);
}

function dataOf({ id, partition, name, queue, payload, headers, priority }: Facts): JobData {
  return { id, name, queue, payload, headers, priority, ...(partition !== undefined && { partition }) };
}

export function claimed(facts: Facts, stalled: boolean, now: number): ClaimedJob {
  const { token, attempt, bornAt, waitedMs, snoozed } = facts;
  return {
    ...dataOf(facts),
    token,
    attempt,
    stalled,
    ageMs: Math.max(0, now - bornAt),
    waitedMs,
    ...(snoozed !== undefined && {
      snoozed: { reason: snoozed.reason, forMs: Math.max(0, now - snoozed.since) },
    }),
  };
}

/** `held`: why its queue gives out no jobs. */
export function stored(facts: Facts, held: string | undefined, now: number): StoredJob {
  const { attempt, bornAt, dueAt, failures, result, snoozed } = facts;
  const state = stateAt(facts, now);
  const waiting = waitsFor(state, snoozed, held);
  return {
    ...dataOf(facts),
    state,
    attempt,
    enqueuedAt: bornAt,
    dueAt,
    failures,
    ...(waiting !== undefined && { waitsFor: waiting }),
    ...(result !== undefined && { result }),
  };
}

/** An answer ends with the job that makes it longer than this, in characters. */
export const MOST_CHARACTERS = 8_000_000;

export function charactersOf({ payload, result, failures }: Facts): number {
  return payload.length + (result?.length ?? 0) + JSON.stringify(failures).length;
}
