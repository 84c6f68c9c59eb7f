import type {
  Advance,
  AdvanceAnswer,
  ScheduleListRequest,
  SchedulePage,
  ScheduleRef,
  ScheduleRow,
} from "@longshore/core/adapter";
import { type Draft, type Schedule, keyOf } from "./state.ts";
import { enqueue } from "./work.ts";

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
    return { status: "moved", job: enqueue(draft, now, [job])[0] };
  });
}

/** The texts of the keys, name and rule, have the order of both. */
export function listSchedules(draft: Draft, now: number, { limit, after }: ScheduleListRequest): SchedulePage {
  const keys = [...draft.schedules.keys()].filter((key) => after === undefined || key > keyOf(after)).sort();
  const schedules = keys.slice(0, limit).map((key) => {
    const [name, rule] = JSON.parse(key);
    const { cursor, nextAt } = draft.schedules.get(key) as Schedule; // one of its keys
    return nextAt === undefined ? { name, rule, cursor } : { name, rule, cursor, nextAt };
  });
  const last = schedules.at(-1);
  const more = last !== undefined && keys.length > schedules.length;
  return { now, schedules, ...(more && { after: { name: last.name, rule: last.rule } }) };
}
