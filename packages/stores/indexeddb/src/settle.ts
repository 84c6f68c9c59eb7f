import {
  type Lease,
  type Outcome,
  type RenewAnswer,
  type SettleAnswer,
  type Settlement,
  recordFailure,
  snoozedFor,
} from "@longshore/core/adapter";
import { insert } from "./enqueue.ts";
import { end, keysOf } from "./keys.ts";
import type { Ledger, Opening } from "./ledger.ts";
import type { Facts, Row } from "./row.ts";

export async function settle(opening: Opening, settlements: readonly Settlement[]): Promise<SettleAnswer[]> {
  const ledger = await opening.load(
    settlements.flatMap(({ id, next = [] }) => [id, ...next.map((job) => job.id)]),
    settlements.flatMap(({ next = [] }) => keysOf(next)),
  );
  return settlements.map((settlement) => settleOne(ledger, settlement));
}

function settleOne(ledger: Ledger, { id, token, outcome, next = [] }: Settlement): SettleAnswer {
  const row = ledger.get(id);
  if (row === undefined) return "gone";
  if (row.token !== token) return "stale";
  if (!row.leased) {
    if (row.settledBy === token) return "repeated";
    return row.ended?.state === "cancelled" ? "cancelled" : "stale";
  }
  const { now } = ledger;
  const { attempt, waitedMs } = row;
  const ranMs = Math.max(0, now - row.claimedAt);
  ledger.tally?.settled(row, { outcome: outcome.type, attempt, waitedMs, ranMs }, now);
  ledger.set(id, settledBy(ledger, row, token, outcome));
  const follows = outcome.type === "complete" || outcome.type === "dead";
  if (!follows || next.length === 0) return "accepted";
  return { status: "accepted", next: next.map((job) => insert(ledger, job)) };
}

/** What an outcome makes of a job; undefined if nothing of it is kept. */
function settledBy(ledger: Ledger, row: Row, token: number, outcome: Outcome): Facts | undefined {
  const { now } = ledger;
  const settled: Facts = { ...row, settledBy: token, givenBack: false, snoozed: undefined };
  switch (outcome.type) {
    case "complete":
      return end(ledger, { ...settled, result: outcome.result }, "completed");
    case "snooze": {
      const snoozed = snoozedFor(outcome.reason, row.snoozed, now);
      const dueAt = now + outcome.delayMs;
      return { ...settled, leased: false, attempt: row.attempt - 1, givenBack: true, snoozed, dueAt };
    }
    case "retry":
      return { ...failed(settled, outcome.failure, now), leased: false, dueAt: now + outcome.delayMs };
    case "dead":
      return end(ledger, failed(settled, outcome.failure, now), "dead");
  }
}

function failed(facts: Facts, failure: { readonly message: string; readonly stack?: string | undefined }, now: number) {
  const failures = recordFailure(facts.failures, { ...failure, attempt: facts.attempt, at: now });
  return { ...facts, failures };
}

export async function renew(opening: Opening, leases: readonly Lease[], leaseMs: number): Promise<RenewAnswer[]> {
  const ledger = await opening.load(leases.map(({ id }) => id));
  return leases.map(({ id, token }) => renewOne(ledger, ledger.get(id), token, leaseMs));
}

function renewOne(ledger: Ledger, row: Row | undefined, token: number, leaseMs: number): RenewAnswer {
  if (row === undefined || row.token !== token) return "lost";
  if (row.ended?.state === "cancelled") return "cancelled";
  if (!row.leased) return "lost";
  ledger.set(row.id, { ...row, dueAt: ledger.now + leaseMs });
  return "held";
}
