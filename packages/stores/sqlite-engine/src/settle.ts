import {
  type Lease,
  type Outcome,
  type RenewAnswer,
  type SettleAnswer,
  type Settlement,
  recordFailure,
  snoozedFor,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import type { StoreState } from "./state.ts";
import { insertJobs } from "./enqueue.ts";
import { failuresOf, snoozedOf } from "./job.ts";
import { endRow } from "./ending.ts";
import { hasChildren } from "./family.ts";
import { keyOf } from "./stored-key.ts";
import { letThrough } from "./let-through.ts";
import type { HeldLease } from "./leases.ts";
import { wait } from "./wait.ts";
import { capacityAt } from "./capacity.ts";
import type { Row } from "./row.ts";

/** Statistics cost one extra row for this many attempts. */
const STATS_EVERY = 100;

export function settle(state: StoreState, settlements: readonly Settlement[], now: number): SettleAnswer[] {
  const { tables, leases, depths } = state;
  /** Whose rows go together, before the next one reads any. */
  const over: string[] = [];
  const answers = settlements.map((settlement) => {
    const { id, outcome } = settlement;
    const lease = leases.held.get(id);
    if (lease !== undefined && isUsual(lease, settlement)) {
      end(state, lease, outcome, now);
      depths.add(lease.queue, -1);
      over.push(id);
      return "accepted";
    }
    tables.eraseAll(over.splice(0));
    return settleOne(state, settlement, now);
  });
  tables.eraseAll(over);
  return answers;
}

/** Nothing is left of the job, and nothing comes of its end. */
function isUsual(lease: HeldLease, { token, outcome, next }: Settlement): boolean {
  return lease.token === token && lease.limits === undefined && next === undefined && goes(lease, outcome);
}

/** Its row is deleted, and need not be read. */
function goes({ keep, about }: HeldLease, outcome: Outcome): boolean {
  return outcome.type === "complete" && keep === 0 && keyOf(about) === undefined && !hasChildren(about);
}

/** The lease is over, and its attempt counts. */
function end({ tables, leases, stats }: StoreState, lease: HeldLease, outcome: Outcome, now: number): void {
  leases.end(lease.id);
  if (stats) count(stats, lease, outcome, now);
  // Until then, they are saved in the row of the leases, which every claim writes anyway.
  if (stats && stats.fresh() >= STATS_EVERY) tables.setMeta("stats", stats.packAll());
}

function settleOne(state: StoreState, { id, token, outcome, next = [] }: Settlement, now: number): SettleAnswer {
  const { tables, leases, lanes } = state;
  const lease = leases.held.get(id);
  if (lease?.token !== token) {
    const row = tables.find(id, now);
    if (row === undefined) return "gone";
    if (lease !== undefined) return "stale";
    if (row.token === token) return "repeated";
    return isCancelled(row, token) ? "cancelled" : "stale";
  }
  end(state, lease, outcome, now);
  lanes.leave(id, lease.about, true);
  // Its queue may be full.
  if (lease.limits?.queue !== undefined) state.keys.passedOn = true;
  const row = goes(lease, outcome) ? undefined : tables.find(id, now);
  const { fates } = state.families;
  fates.freed = fates.buried = 0;
  if (row === undefined) {
    tables.erase(id);
    state.depths.add(lease.queue, -1);
  } else conclude(state, { ...row, token, attempt: lease.attempt }, outcome, now);
  letThrough(state, now);
  const { freed, buried } = fates;
  const follows = next.length > 0 && (outcome.type === "complete" || outcome.type === "dead");
  if (!follows && freed === 0 && buried === 0) return "accepted";
  const told = { ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
  return { status: "accepted", next: follows ? insertJobs(state, next, now) : [], ...told };
}

function count(stats: Statistics, lease: HeldLease, outcome: Outcome, now: number): void {
  const { about, queue, attempt, waitedMs, at } = lease;
  const { name } = JSON.parse(about);
  stats.settled({ queue, name }, { outcome: outcome.type, attempt, waitedMs, ranMs: Math.max(0, now - at) }, now);
}

function conclude(state: StoreState, row: Row, outcome: Outcome, now: number): void {
  switch (outcome.type) {
    case "complete":
      return endRow(state, { ...row, result: outcome.result ?? null }, "completed", now);
    case "snooze":
      return wait(
        state,
        { ...row, attempt: row.attempt - 1, snoozed: snoozed(row, outcome.reason, now) },
        now + outcome.delayMs,
        now,
        true,
      );
    case "retry":
    case "dead": {
      const failure = { ...outcome.failure, attempt: row.attempt, at: now };
      const failed = { ...row, snoozed: null, failures: JSON.stringify(recordFailure(failuresOf(row), failure)) };
      if (outcome.type === "dead") return endRow(state, failed, "dead", now);
      return wait(state, failed, now + outcome.delayMs, now, true);
    }
  }
}

function snoozed(row: Row, reason: string | undefined, now: number): string {
  return JSON.stringify(snoozedFor(reason, snoozedOf(row), now) ?? null);
}

/** Whether the job was cancelled while this was the newest token. */
function isCancelled(row: Row | undefined, token: number): boolean {
  return row?.ended === "cancelled" && Math.abs(row.token) === token;
}

export function renew(state: StoreState, wanted: readonly Lease[], leaseMs: number, now: number): RenewAnswer[] {
  const { tables, leases } = state;
  const current = new Set<HeldLease>();
  const capacity = capacityAt(state, now);
  const answers = wanted.map(({ id, token }): RenewAnswer => {
    const lease = leases.held.get(id);
    if (lease?.token === token) {
      if (lease.due <= now && !current.has(lease)) {
        // Its place may be taken by now.
        if (capacity.freeIn(lease.queue) <= 0) return "lost";
        capacity.begin(lease.queue);
      }
      current.add(lease);
      return "held";
    }
    const row = lease === undefined ? tables.find(id, now) : undefined;
    return isCancelled(row, token) ? "cancelled" : "lost";
  });
  leases.extend([...current], now + leaseMs);
  return answers;
}
