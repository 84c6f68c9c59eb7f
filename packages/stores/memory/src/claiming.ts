import { type ClaimedJob, expiredAfter, expiredJob, recordFailure } from "@longshore/core/adapter";

import type { Ending } from "./ending.ts";
import { type QueueState, isFull, lapse } from "./queue-state.ts";
import { NO_HISTORY, type Row, claimed, hasExpired, timesOf } from "./row.ts";
import type { Structures } from "./structures.ts";

/** Hands out due rows, leased under new tokens. */
export type Claim = (queueState: QueueState, limit: number, terms: ClaimTerms) => ClaimedJob[];

/** `until`: the end of the leases. `ageMs`: what a level of priority is worth. */
type ClaimTerms = { readonly until: number; readonly now: number; readonly ageMs: number | undefined };

/** How many rows a claim puts behind their keys: after a delay, thousands may be due together. */
const MOST_PARKED = 1_000;

/** `counts`: whether the store counts, and needs to know of each lease when it began. */
export function claiming({ lanes, hold, letThrough }: Structures, end: Ending["end"], counts: boolean): Claim {
  let lastToken = 0;

  const lease = ({ leases, places }: QueueState, row: Row, until: number, now: number): ClaimedJob => {
    const { leased: stalled, key: dueAt } = row;
    const { limits } = row.job;
    if (limits !== undefined) lanes.start(row, now);
    row.leased = true;
    row.attempt += 1;
    row.token = ++lastToken;
    hold(row, leases, "leases", until);
    if (limits?.queue !== undefined) places.start(row);
    if (counts) row.claim = { at: now, waitedMs: Math.max(0, now - dueAt) };
    return claimed(row, stalled, dueAt, now);
  };
  /** The rows that a claim found too late. */
  const expire = (rows: readonly Row[], now: number): void => {
    for (const row of rows) {
      // The claim has taken it out of its structure.
      row.location = "gone";
      const history = row.history ?? NO_HISTORY;
      const failure = expiredAfter(row.job.startWithinMs ?? 0, now);
      end(row, "cancelled", now, { ...history, failures: recordFailure(history.failures, failure) });
    }
  };

  return (queueState, limit, { until, now, ageMs }) => {
    const jobs: ClaimedJob[] = [];
    lapse(queueState, now);
    // Keys are served in turn: the next job of each is due when what was due before is taken.
    for (let before = -1, parked = 0; before < jobs.length; letThrough(now)) {
      before = jobs.length;
      const late: Row[] = [];
      while (jobs.length < limit && parked < MOST_PARKED && !isFull(queueState, now)) {
        const row = queueState.waiting.first(now, ageMs);
        if (row === undefined) break;
        queueState.waiting.remove(row);
        if (hasExpired(row, now)) {
          jobs.push(expiredJob(row.job, timesOf(row, row.key, now)));
          late.push(row);
        } else if (row.leased || lanes.hasPlace(row, now)) jobs.push(lease(queueState, row, until, now));
        else lanes.park(row, ++parked && now);
      }
      // What these held up is due for the next round.
      expire(late, now);
    }
    return jobs;
  };
}
