import {
  type Advance,
  type AdvanceAnswer,
  type ScheduleListRequest,
  type SchedulePage,
  type ScheduleRef,
  type ScheduleRow,
  schedulePage,
  schedulesAfter,
} from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { insertJobs } from "./enqueue.ts";

export function declare(
  { cursors }: StoreState,
  schedules: readonly ScheduleRef[],
  now: number,
): { now: number; rows: ScheduleRow[] } {
  const declared = ++cursors.declaration;
  const rows = schedules.map(({ name, rule }): ScheduleRow => {
    const known = cursors.get({ name, rule });
    const fresh = known === undefined || known.leftAt !== undefined;
    const one = fresh ? cursors.save({ name, rule, cursor: now, ...known, leftAt: undefined, declared }) : known;
    one.declared = declared;
    const { cursor, nextAt } = one;
    return nextAt === undefined ? { cursor } : { cursor, nextAt };
  });
  return { now, rows };
}

export function advance(state: StoreState, steps: readonly Advance[], now: number): AdvanceAnswer[] {
  return steps.map(({ name, rule, from, to, nextAt, job }): AdvanceAnswer => {
    const standing = state.cursors.get({ name, rule });
    if (standing?.cursor !== from) return { status: "behind" };
    state.cursors.save({ name, rule, cursor: to, nextAt, declared: standing.declared });
    return job === undefined ? { status: "moved" } : { status: "moved", job: insertJobs(state, [job], now)[0] };
  });
}

export function listSchedules(
  { cursors }: StoreState,
  { limit, after }: ScheduleListRequest,
  now: number,
): SchedulePage {
  const found = schedulesAfter(cursors.all(), after).map(({ name, rule, cursor, nextAt }) => ({
    name,
    rule,
    cursor,
    ...(nextAt !== undefined && { nextAt }),
  }));
  return schedulePage(now, found, limit);
}
