import type { StoredJob } from "@longshore/core/adapter";
import { isFull } from "./limits.ts";
import { type Draft, type Row, isBlocked, stateAt } from "./state.ts";

export function storedJob(draft: Draft, row: Row, now: number): StoredJob {
  const { data, attempt, enqueuedAt, dueAt, failures, result } = row;
  const waitsFor = waitsAt(draft, row, now);
  return {
    ...data,
    state: stateAt(row, now),
    attempt,
    enqueuedAt,
    dueAt,
    failures,
    ...(row.unique && { uniqueKey: row.unique.key }),
    ...(row.after && { after: row.after.parents.map(({ id }) => id) }),
    ...(waitsFor !== undefined && { waitsFor }),
    ...(result !== undefined && { result }),
  };
}

function waitsAt(draft: Draft, row: Row, now: number): string | undefined {
  const { data, snoozed, leased, dueAt, ended, place } = row;
  const runs = leased && dueAt > now;
  if (runs || ended !== undefined) return undefined;
  if (place === "behind") return "the job with the same key, which has not ended";
  if (row.waits) return "the jobs that it comes after, which have not all ended";
  if (isBlocked(row)) return "a place among the jobs with its limit's key";
  if (dueAt > now) return snoozed?.reason;
  if (draft.paused.has(data.queue)) return "the queue is paused";
  return isFull(draft, data.queue, now) ? "the limit of its queue is reached" : snoozed?.reason;
}
