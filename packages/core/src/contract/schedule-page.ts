import type { SchedulePage, ScheduleRef, StoredSchedule } from "./scheduling.ts";

/** The schedules after one, by name and rule: for a store that keeps them in no order. */
export function schedulesAfter<S extends ScheduleRef>(all: Iterable<S>, after: ScheduleRef | undefined): S[] {
  return [...all].filter((one) => after === undefined || compare(one, after) > 0).sort(compare);
}

function compare(a: ScheduleRef, b: ScheduleRef): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.rule === b.rule ? 0 : a.rule < b.rule ? -1 : 1;
}

/** The page of schedules in the store's order, of which one more than `limit` says that there are others. */
export function schedulePage(now: number, found: readonly StoredSchedule[], limit: number): SchedulePage {
  const schedules = found.slice(0, limit);
  const last = schedules.at(-1);
  if (last === undefined || found.length === schedules.length) return { now, schedules };
  return { now, schedules, after: { name: last.name, rule: last.rule } };
}
