import type { WakeRequest } from "@longshore/core/adapter";
import { isFull } from "./limits.ts";
import { type Draft, isBlocked, keyOf } from "./state.ts";

/** The time until the first row that a claim could take, or the first occurrence that a tick could fire. */
export function dueInMs(draft: Draft, now: number, { queues, schedules }: WakeRequest): number | undefined {
  const instants: number[] = [];
  for (const row of draft.rows.values()) {
    const { data, ended, leased, dueAt } = row;
    const pausedUntil = draft.paused.get(data.queue) ?? 0;
    const wanted = queues.includes(data.queue) && pausedUntil < Infinity;
    // A full queue has room again when one of its leases ends.
    const may = (leased && dueAt > now) || !isFull(draft, data.queue, now);
    if (wanted && ended === undefined && !isBlocked(row) && may) instants.push(Math.max(dueAt, pausedUntil));
  }
  for (const ref of schedules) {
    const nextAt = draft.schedules.get(keyOf(ref))?.nextAt;
    if (nextAt !== undefined) instants.push(nextAt);
  }
  return instants.length === 0 ? undefined : Math.max(0, Math.min(...instants) - now);
}
