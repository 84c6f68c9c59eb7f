import {
  AFTER,
  type ClaimedJob,
  type FailureRecord,
  type JobData,
  type JobState,
  type Snoozed,
  type StoredJob,
  NO_PLACE,
  stateOf,
  waitsFor,
} from "@longshore/core/adapter";
import { familyOf } from "./family.ts";
import type { HeldLease } from "./leases.ts";
import type { Row, WaitingRow } from "./row.ts";

export function stateAt(row: Row, lease: HeldLease | undefined, now: number): JobState {
  const { due, attempt } = lease ?? row;
  const leased = lease !== undefined;
  const blocked = !leased && row.waiting === 0;
  const facts = { ended: row.ended ?? undefined, leased, blocked, givenBack: row.snoozed !== null };
  return stateOf({ ...facts, dueAt: due, attempt }, now);
}

export function claimedJob(
  row: WaitingRow,
  { token, attempt, limits }: HeldLease,
  stalled: boolean,
  dueAt: number,
  now: number,
): ClaimedJob {
  const snoozed = snoozedOf(row);
  return {
    ...dataOf(row),
    token,
    attempt,
    stalled,
    // The same clock set both times, but it may have gone back.
    ageMs: Math.max(0, now - row.born),
    waitedMs: now - dueAt,
    ...(snoozed && { snoozed: { reason: snoozed.reason, forMs: Math.max(0, now - snoozed.since) } }),
    ...(limits && { limited: true as const }),
  };
}

/** `held`: why the queue hands out no jobs. */
export function storedJob(row: Row, lease: HeldLease | undefined, held: string | undefined, now: number): StoredJob {
  const { due, attempt } = lease ?? row;
  const state = stateAt(row, lease, now);
  const { after } = familyOf(row.about);
  const behind = row.about.includes('"lane":') ? NO_PLACE : after?.waits && AFTER;
  const waiting = waitsFor(state, snoozedOf(row), held, behind);
  return {
    ...dataOf(row),
    state,
    attempt,
    enqueuedAt: row.born,
    dueAt: due,
    failures: failuresOf(row),
    ...(after && { after: after.ids }),
    ...(waiting !== undefined && { waitsFor: waiting }),
    ...(row.result !== null && { result: row.result }),
  };
}

export function snoozedOf({ snoozed }: Pick<Row, "snoozed">): Snoozed | undefined {
  return JSON.parse(snoozed ?? "null") ?? undefined;
}

export function failuresOf({ failures }: Row): readonly FailureRecord[] {
  return JSON.parse(failures ?? "[]");
}

export function dataOf({ id, queue, priority, payload, about }: WaitingRow): JobData {
  const data = { id, queue, priority, payload, ...JSON.parse(about) };
  const { unique, limits, after, before, startWithinMs } = data;
  // Most jobs have only what is told. Each name is written out: a loop over names looks them up in every object anew.
  if ((unique ?? limits ?? after ?? before ?? startWithinMs) === undefined) return data;
  const { unique: _key, slot: _slot, limits: _limits, lane: _lane, after: _after, before: _before, ...others } = data;
  const { startWithinMs: _within, beginBy: _by, ...rest } = others;
  return unique === undefined ? rest : { ...rest, uniqueKey: unique.key };
}
