import {
  type Lease,
  type NewJob,
  type RenewAnswer,
  type SettleAnswer,
  type Settlement,
  recordFailure,
  snoozedFor,
} from "@longshore/core/adapter";

import { isFull } from "./queue-state.ts";
import { NO_HISTORY, type Row } from "./row.ts";
import type { Table } from "./table.ts";

/** Settles one job, whose lease the token must hold. */
export function settleOne(
  table: Table,
  row: Row | undefined,
  { token, outcome, next }: Settlement,
  now: number,
): SettleAnswer {
  if (row === undefined) return "gone";
  const { settledBy, failures, snoozed, ended } = row.history ?? NO_HISTORY;
  if (row.token !== token) return "stale";
  if (!row.leased) {
    if (settledBy === token) return "repeated";
    return ended?.state === "cancelled" ? "cancelled" : "stale";
  }
  table.count(row, outcome, now);
  table.fates.freed = table.fates.buried = 0; // an operator's verbs count, too
  switch (outcome.type) {
    case "complete": {
      table.end(row, "completed", now, { settledBy: token, failures }, outcome.result);
      return acceptedWith(table, next, now);
    }
    case "snooze":
      row.attempt -= 1;
      row.history = { settledBy: token, failures, givenBack: true, snoozed: snoozedFor(outcome.reason, snoozed, now) };
      table.wait(row, now + outcome.delayMs, now);
      return "accepted";
    case "dead":
    case "retry": {
      const failure = { ...outcome.failure, attempt: row.attempt, at: now };
      const history = { settledBy: token, failures: recordFailure(failures, failure) };
      row.history = history;
      if (outcome.type === "retry") {
        table.wait(row, now + outcome.delayMs, now);
        return "accepted";
      }
      table.end(row, "dead", now, history);
      return acceptedWith(table, next, now);
    }
  }
}

/** The answer to the end of a job, with what became of those after it, and of its follow-ups. */
function acceptedWith(table: Table, next: readonly NewJob[] = [], now: number): SettleAnswer {
  const { freed, buried } = table.fates;
  table.fates.freed = table.fates.buried = 0;
  if (next.length === 0 && freed === 0 && buried === 0) return "accepted";
  const fates = { ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
  return { status: "accepted", ...fates, next: table.insert(next, now) };
}

/** Renews one lease. */
export function renewOne(table: Table, { id, token }: Lease, now: number, leaseMs: number): RenewAnswer {
  const row = table.rows.get(id);
  if (row === undefined || row.token !== token) return "lost";
  if (row.history?.ended?.state === "cancelled") return "cancelled";
  if (!row.leased) return "lost";
  // Its place may be taken by now.
  if (row.key <= now && isFull(table.queueStateOf(row.job.queue), now)) return "lost";
  table.extend(row, now + leaseMs);
  return "held";
}
