import {
  type Lease,
  type RenewAnswer,
  type SettleAnswer,
  type Settlement,
  recordFailure,
  snoozedFor,
} from "@longshore/core/adapter";
import type { Ledger } from "./ledger.ts";
import { type Facts, type Row, ended } from "./row.ts";

export async function settle(ledger: Ledger, settlements: readonly Settlement[]): Promise<SettleAnswer[]> {
  await ledger.load(settlements.flatMap(({ id, next = [] }) => [id, ...next.map((job) => job.id)]));
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
  const settled: Facts = { ...row, settledBy: token, givenBack: false, snoozed: undefined };
  switch (outcome.type) {
    case "complete": {
      const kept = ended(settled, "completed", now);
      if (kept === undefined) ledger.erase(id);
      else ledger.put({ ...kept, result: outcome.result });
      if (next.length === 0) return "accepted";
      return { status: "accepted", next: next.map((job) => ledger.insert(job)) };
    }
    case "snooze": {
      const snoozed = snoozedFor(outcome.reason, row.snoozed, now);
      const dueAt = now + outcome.delayMs;
      ledger.put({ ...settled, leased: false, attempt: attempt - 1, givenBack: true, snoozed, dueAt });
      return "accepted";
    }
    case "retry":
      ledger.put({ ...failed(settled, outcome.failure, now), leased: false, dueAt: now + outcome.delayMs });
      return "accepted";
    case "dead": {
      const kept = ended(failed(settled, outcome.failure, now), "dead", now);
      if (kept !== undefined) ledger.put(kept); // always, for this state
      return "accepted";
    }
  }
}

function failed(facts: Facts, failure: { readonly message: string; readonly stack?: string | undefined }, now: number) {
  const failures = recordFailure(facts.failures, { ...failure, attempt: facts.attempt, at: now });
  return { ...facts, failures };
}

export async function renew(ledger: Ledger, leases: readonly Lease[], leaseMs: number): Promise<RenewAnswer[]> {
  await ledger.load(leases.map(({ id }) => id));
  return leases.map(({ id, token }) => renewOne(ledger, ledger.get(id), token, leaseMs));
}

function renewOne(ledger: Ledger, row: Row | undefined, token: number, leaseMs: number): RenewAnswer {
  if (row === undefined || row.token !== token) return "lost";
  if (row.ended?.state === "cancelled") return "cancelled";
  if (!row.leased) return "lost";
  ledger.put({ ...row, dueAt: ledger.now + leaseMs });
  return "held";
}
