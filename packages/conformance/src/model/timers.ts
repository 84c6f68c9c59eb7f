import type { Advance, AdvanceAnswer, ScheduleRef, ScheduleRow, WakeRequest } from "@longshore/core/adapter";
import { type Draft, type Schedule, keyOf } from "./state.ts";
import { enqueueOne } from "./work.ts";

/** The time until the first row that a claim could take, or the first occurrence that a tick could fire. */
export function dueInMs(draft: Draft, now: number, { queues, schedules }: WakeRequest): number | undefined {
  const instants: number[] = [];
  for (const { data, ended, dueAt } of draft.rows.values()) {
    const wanted = queues.includes(data.queue) && !draft.paused.has(data.queue);
    if (wanted && ended === undefined) instants.push(dueAt);
  }
  for (const ref of schedules) {
    const nextAt = draft.schedules.get(keyOf(ref))?.nextAt;
    if (nextAt !== undefined) instants.push(nextAt);
  }
  return instants.length === 0 ? undefined : Math.max(0, Math.min(...instants) - now);
}

export function declare(
  draft: Draft,
  now: number,
  declared: readonly ScheduleRef[],
): { now: number; rows: ScheduleRow[] } {
  const rows = declared.map((ref) => {
    const row: Schedule = draft.schedules.get(keyOf(ref)) ?? { cursor: now, nextAt: undefined };
    draft.schedules.set(keyOf(ref), row);
    return row.nextAt === undefined ? { cursor: row.cursor } : { cursor: row.cursor, nextAt: row.nextAt };
  });
  return { now, rows };
}

export function advance(draft: Draft, now: number, steps: readonly Advance[]): AdvanceAnswer[] {
  return steps.map((step) => {
    const { from, to, nextAt, job } = step;
    if (draft.schedules.get(keyOf(step))?.cursor !== from) return { status: "behind" };
    draft.schedules.set(keyOf(step), { cursor: to, nextAt });
    if (job === undefined) return { status: "moved" };
    return { status: "moved", job: enqueueOne(draft, now, job) };
  });
}
