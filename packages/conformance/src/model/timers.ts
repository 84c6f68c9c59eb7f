import type { Advance, ScheduleRow, WakeRequest } from "@longshore/core/adapter";
import type { Draft, Schedule } from "./state.ts";
import { enqueue } from "./work.ts";

/** Until the first row that a claim could take, or the first occurrence that a tick could fire. */
export function dueInMs(draft: Draft, now: number, { queues, schedules }: WakeRequest): number | undefined {
  const instants: number[] = [];
  for (const { data, ended, dueAt } of draft.rows.values()) {
    const wanted = queues.includes(data.queue) && !draft.paused.has(data.queue);
    if (wanted && ended === undefined) instants.push(dueAt);
  }
  for (const name of schedules) {
    const nextAt = draft.schedules.get(name)?.nextAt;
    if (nextAt !== undefined) instants.push(nextAt);
  }
  return instants.length === 0 ? undefined : Math.max(0, Math.min(...instants) - now);
}

export function declare(draft: Draft, now: number, names: readonly string[]): { now: number; rows: ScheduleRow[] } {
  const rows = names.map((name) => {
    const row: Schedule = draft.schedules.get(name) ?? { cursor: now, nextAt: undefined };
    draft.schedules.set(name, row);
    return row.nextAt === undefined ? { cursor: row.cursor } : { cursor: row.cursor, nextAt: row.nextAt };
  });
  return { now, rows };
}

export function advance(draft: Draft, now: number, { name, from, to, nextAt, job }: Advance): "fired" | "behind" {
  if (draft.schedules.get(name)?.cursor !== from) return "behind";
  draft.schedules.set(name, { cursor: to, nextAt });
  if (job !== undefined) enqueue(draft, now, [job]);
  return "fired";
}
