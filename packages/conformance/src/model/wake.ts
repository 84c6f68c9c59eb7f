import type { WakeRequest } from "@longshore/core/adapter";
import { type Draft, keyOf } from "./state.ts";

/** The time until the first row that a claim could take, or the first occurrence that a tick could fire. */
export function dueInMs(draft: Draft, now: number, { queues, schedules }: WakeRequest): number | undefined {
  const instants: number[] = [];
  for (const { data, ended, place, dueAt } of draft.rows.values()) {
    const wanted = queues.includes(data.queue) && !draft.paused.has(data.queue);
    if (wanted && ended === undefined && place !== "behind") instants.push(dueAt);
  }
  for (const ref of schedules) {
    const nextAt = draft.schedules.get(keyOf(ref))?.nextAt;
    if (nextAt !== undefined) instants.push(nextAt);
  }
  return instants.length === 0 ? undefined : Math.max(0, Math.min(...instants) - now);
}
