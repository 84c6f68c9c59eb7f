import {
  AFTER,
  type After,
  type ClaimedJob,
  type FailureRecord,
  type HeldKey,
  type JobData,
  type JobState,
  type Limits,
  type NewJob,
  type Snoozed,
  type StoredJob,
  type TerminalState,
  NO_PLACE,
  dueWithKey,
  stateOf,
  waitsFor,
} from "@longshore/core/adapter";
import { withPatience } from "./expiry.ts";

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
  /** In how many ms its first attempt must begin, and by when that is. */
  readonly startWithinMs?: number | undefined;
  readonly beginBy?: number | undefined;
  /** Whether a snooze gave it back. */
  readonly givenBack: boolean;
  readonly snoozed?: Snoozed | undefined;
  readonly failures: readonly FailureRecord[];
  readonly result?: string | undefined;
  /** `until`: when a completed or cancelled row may go. */
  readonly ended?: { readonly state: TerminalState; readonly until: number } | undefined;
  /** Its unique key. */
  readonly held?: HeldKey | undefined;
  /** Whether it holds its key or waits behind the job that does; undefined once it has given the key up. */
  readonly place?: KeyPlace | undefined;
  readonly limits?: Limits | undefined;
  /** Its turn among the jobs with the key of its limit, while it is due and waits. */
  readonly turn?: Turn | undefined;
  /** Of a job that others come after: a number that no other job has, whatever its id. */
  readonly n?: number | undefined;
  /** It has ended, and stands while its children need it, whatever its time. */
  readonly needed?: true | undefined;
  readonly parents?: Parents | undefined;
};

/** The jobs that a job comes after, with their numbers. */
export type Parents = {
  readonly ids: readonly string[];
  readonly ns: readonly number[];
  readonly onFailed: After["onFailed"];
  /** It is blocked until they have ended. */
  readonly waits?: true | undefined;
  /** The one whose end made it dead. */
  readonly buriedBy?: number | undefined;
};

export type KeyPlace = "holds" | "behind";

/** It waits behind its key, or has been let through, so that a claim may take it. */
type Turn = "parked" | "ready";

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
  /** One that has ended stays here until somebody looks for the key after its time. */
  readonly unique?: readonly [key: string, KeyPlace];
  /** Of the jobs with the key of a limit, those that wait behind it, the one that may start, and those that run. */
  readonly lane?: LaneKey;
  /** Of those with a lease, the ones that say how many of their queue may run. */
  readonly numbered?: readonly [queue: string, token: number, running: number];
  /** Of those that come after others. */
  readonly family?: readonly (readonly [parent: number, FamilyPart])[];
};

/** What a job is to a parent: it waits for it, has not ended, or is dead because of it. */
export type FamilyPart = "waits" | "open" | "buried";

/** Those that wait are in the order of their turns. */
export type LaneKey =
  | readonly [key: string, turn: "parked", priority: number, dueAt: number, seq: number]
  | readonly [key: string, turn: "ready" | "runs"];

/** A job as it is stored. */
export type Row = Facts & { readonly keys: Keys };

/** Which counts of its queue a row belongs to. None of them changes with time. */
export type Part = "waiting" | "leased" | "numbered" | "blocked" | TerminalState;

export function partsOf(row: Row): readonly Part[] {
  if (row.ended) return [row.ended.state];
  if (isBlocked(row)) return ["blocked"];
  if (!row.leased) return ["waiting"];
  return row.keys.numbered ? ["leased", "numbered"] : ["leased"];
}

/** It waits for another job, and no claim takes it. */
export function isBlocked({ place, turn, parents }: Facts): boolean {
  return place === "behind" || turn === "parked" || parents?.waits === true;
}

export function rowOf(facts: Facts): Row {
  const { held, place, parents } = facts;
  const keys: Keys = {
    ...keysOf(facts),
    ...(held && place && { unique: [held.key, place] }),
    ...(parents && { family: familyOf(facts, parents) }),
  };
  return { ...facts, keys };
}

function familyOf({ ended }: Facts, { ns, waits, buriedBy }: Parents): Keys["family"] & {} {
  if (ended === undefined) return ns.map((n) => [n, waits ? "waits" : "open"]);
  return buriedBy === undefined ? [] : [[buriedBy, "buried"]];
}

function keysOf(facts: Facts): Keys {
  const { queue, priority, dueAt, seq, leased, attempt, givenBack, ended, turn } = facts;
  if (ended?.state === "dead") return { dead: dueAt };
  if (ended) return facts.needed ? {} : { kept: [queue, ended.state, ended.until] };
  const { key, queue: number } = facts.limits ?? {};
  if (turn === "parked") return { lane: [key ?? "", turn, priority, dueAt, seq] };
  if (isBlocked(facts)) return {};
  const place: Place = [queue, priority, dueAt, seq];
  if (leased) {
    return {
      lease: place,
      ...(key !== undefined && { lane: [key, "runs"] }),
      ...(number !== undefined && { numbered: [queue, facts.token, number] }),
    };
  }
  return {
    turn: place,
    ...(attempt > 0 && !givenBack && { retry: [queue, dueAt] }),
    ...(key !== undefined && turn !== undefined && { lane: [key, turn] }),
  };
}

/**
 * A job that waits. One that is due, with the key of a limit, waits behind its key first; in an order, one that had its
 * turn keeps it.
 */
export function waiting(facts: Facts, now: number): Facts {
  const { limits, turn } = facts;
  if (limits?.key === undefined || (limits.ordered && turn === "ready")) return facts;
  const isDue = facts.place !== "behind" && !facts.parents?.waits && facts.dueAt <= now;
  return { ...facts, turn: isDue ? "parked" : undefined };
}

/** A job that is replayed. */
export function afresh(facts: Facts, now: number): Facts {
  return {
    ...facts,
    attempt: 0,
    leased: false,
    givenBack: false,
    bornAt: now,
    dueAt: now,
    snoozed: undefined,
    ended: undefined,
    needed: undefined,
    result: undefined,
  };
}

export function newFacts(newJob: NewJob, seq: number, now: number, held?: HeldKey): Facts {
  const { due: _due, unique: _unique, maxDepth: _most, after, ...job } = newJob;
  const facts = {
    ...job,
    seq,
    bornAt: now,
    dueAt: dueWithKey(newJob, held, now, 1),
    attempt: 0,
    token: 0,
    leased: false,
    claimedAt: 0,
    waitedMs: 0,
    settledBy: 0,
    givenBack: false,
    failures: [],
    ...(held !== undefined && { held }),
    // Until it is linked with them.
    ...(after !== undefined && { parents: { ids: [], ns: [], onFailed: after.onFailed, waits: true as const } }),
  };
  return withPatience(facts, now);
}

/** Ended, or undefined if nothing is to be kept. A completed or cancelled one stays at least until then. */
export function ended(facts: Facts, state: TerminalState, now: number, atLeast: number): Facts | undefined {
  const keepMs = Math.max(facts.keepMs, atLeast - now);
  // Whether its children need it is found out when they are told.
  const mayBeNeeded = facts.n !== undefined && state !== "dead";
  if (state !== "dead" && keepMs === 0 && !mayBeNeeded) return undefined;
  return {
    ...facts,
    leased: false,
    turn: undefined,
    dueAt: now,
    ended: { state, until: now + keepMs },
    ...(mayBeNeeded && { needed: true }),
    ...(facts.parents && { parents: { ...facts.parents, waits: undefined } }),
  };
}

/** Completed and cancelled rows past their time count as gone, deleted or not. */
export function isGone({ ended, needed }: Facts, now: number): boolean {
  return ended !== undefined && ended.state !== "dead" && !needed && ended.until <= now;
}

export function stateAt(facts: Facts, now: number): JobState {
  return stateOf({ ...facts, ended: facts.ended?.state, blocked: isBlocked(facts) }, now);
}

function dataOf(facts: Facts): JobData & Pick<StoredJob, "uniqueKey"> {
  const { id, partition, name, queue, payload, headers, priority, held } = facts;
  return {
    id,
    name,
    queue,
    payload,
    headers,
    priority,
    ...(partition !== undefined && { partition }),
    ...(held !== undefined && { uniqueKey: held.key }),
  };
}

export function claimed(facts: Facts, stalled: boolean, now: number): ClaimedJob {
  const { token, attempt, bornAt, waitedMs, snoozed, limits } = facts;
  return {
    ...dataOf(facts),
    token,
    attempt,
    stalled,
    ageMs: Math.max(0, now - bornAt),
    waitedMs,
    ...(limits !== undefined && { limited: true as const }),
    ...(snoozed !== undefined && {
      snoozed: { reason: snoozed.reason, forMs: Math.max(0, now - snoozed.since) },
    }),
  };
}

/** `held`: why its queue gives out no jobs. */
export function stored(facts: Facts, held: string | undefined, now: number): StoredJob {
  const { attempt, bornAt, dueAt, failures, result, snoozed } = facts;
  const state = stateAt(facts, now);
  const behind = facts.parents?.waits ? AFTER : undefined;
  const waits = waitsFor(state, snoozed, held, facts.turn === "parked" ? NO_PLACE : behind);
  return {
    ...dataOf(facts),
    state,
    attempt,
    enqueuedAt: bornAt,
    dueAt,
    failures,
    ...(facts.parents && { after: facts.parents.ids }),
    ...(waits !== undefined && { waitsFor: waits }),
    ...(result !== undefined && { result }),
  };
}

/** An answer ends with the job that makes it longer than this, in characters. */
export const MOST_CHARACTERS = 8_000_000;

export function charactersOf({ payload, result, failures }: Facts): number {
  return payload.length + (result?.length ?? 0) + JSON.stringify(failures).length;
}
