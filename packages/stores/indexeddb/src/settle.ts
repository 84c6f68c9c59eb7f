import {
  type Lease,
  type Outcome,
  type RenewAnswer,
  type SettleAnswer,
  type Settlement,
  recordFailure,
  snoozedFor,
} from "@longshore/core/adapter";
import { idsOf, insertAll } from "./enqueue.ts";
import { end, keysOf } from "./keys.ts";
import { follow } from "./family.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { type Places, openPlaces } from "./places.ts";
import type { Facts, Row } from "./row.ts";

export async function settle(opening: Opening, settlements: readonly Settlement[]): Promise<SettleAnswer[]> {
  const ledger = await opening.load(
    settlements.flatMap(({ id, next = [] }) => [id, ...idsOf(next)]),
    settlements.flatMap(({ next = [] }) => keysOf(next)),
  );
  const answers: SettleAnswer[] = [];
  for (const settlement of settlements) answers.push(await settleOne(ledger, settlement));
  return answers;
}

async function settleOne(ledger: Ledger, { id, token, outcome, next = [] }: Settlement): Promise<SettleAnswer> {
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
  conclude(ledger, { ...row, settledBy: token, givenBack: false, snoozed: undefined }, row, outcome);
  // Its queue may be full.
  if (row.limits?.queue !== undefined) ledger.wakes = true;
  const { freed, buried } = await follow(ledger);
  const follows = next.length > 0 && (outcome.type === "complete" || outcome.type === "dead");
  if (!follows && freed === 0 && buried === 0) return "accepted";
  const fates = { ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
  return { status: "accepted", ...fates, next: follows ? await insertAll(ledger, next) : [] };
}

/** Does what an outcome says to a row that its token has settled. */
function conclude(ledger: Ledger, settled: Facts, { snoozed }: Row, outcome: Outcome): void {
  const { id, attempt } = settled;
  const { now } = ledger;
  const over: Facts = { ...settled, leased: false, ...(settled.limits?.ordered && { turn: "ready" }) };
  switch (outcome.type) {
    case "complete":
      return ledger.set(id, end(ledger, { ...settled, result: outcome.result }, "completed"));
    case "snooze": {
      const why = snoozedFor(outcome.reason, snoozed, now);
      return ledger.wait({
        ...over,
        attempt: attempt - 1,
        givenBack: true,
        snoozed: why,
        dueAt: now + outcome.delayMs,
      });
    }
    case "retry":
      return ledger.wait({ ...failed(over, outcome.failure, now), dueAt: now + outcome.delayMs });
    case "dead":
      return ledger.set(id, end(ledger, failed(settled, outcome.failure, now), "dead"));
  }
}

function failed(facts: Facts, failure: { readonly message: string; readonly stack?: string | undefined }, now: number) {
  const failures = recordFailure(facts.failures, { ...failure, attempt: facts.attempt, at: now });
  return { ...facts, failures };
}

export async function renew(opening: Opening, leases: readonly Lease[], leaseMs: number): Promise<RenewAnswer[]> {
  const ledger = await opening.load(leases.map(({ id }) => id));
  const places = openPlaces(ledger);
  const answers: RenewAnswer[] = [];
  for (const { id, token } of leases) answers.push(await renewOne(ledger, places, ledger.get(id), token, leaseMs));
  return answers;
}

async function renewOne(
  ledger: Ledger,
  places: Places,
  row: Row | undefined,
  token: number,
  leaseMs: number,
): Promise<RenewAnswer> {
  if (row === undefined || row.token !== token) return "lost";
  if (row.ended?.state === "cancelled") return "cancelled";
  if (!row.leased) return "lost";
  if (row.dueAt <= ledger.now) {
    // Its place may be taken by now.
    if (await places.isFull(row.queue)) return "lost";
    await places.take(row.queue);
  }
  ledger.set(row.id, { ...row, dueAt: ledger.now + leaseMs });
  return "held";
}
