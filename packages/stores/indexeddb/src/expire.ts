import { type ClaimedJob, expiredAfter, expiredJob, recordFailure } from "@longshore/core/adapter";
import { end } from "./keys.ts";
import type { Ledger } from "./ledger.ts";
import type { Row } from "./row.ts";

/** Ends a job that a claim found too late, and whose key was loaded. */
export function expire(ledger: Ledger, row: Row): ClaimedJob {
  const { now } = ledger;
  const failures = recordFailure(row.failures, expiredAfter(row.startWithinMs ?? 0, now));
  ledger.set(row.id, end(ledger, { ...row, failures }, "cancelled"));
  return expiredJob(row, { ageMs: Math.max(0, now - row.bornAt), waitedMs: Math.max(0, now - row.dueAt) });
}
