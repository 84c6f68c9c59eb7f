import {
  type AdvanceAnswer,
  type ListSchedules,
  type ScheduleRef,
  type ScheduleRow,
  type Schedules,
  type StoredSchedule,
  schedulePage,
  schedulesAfter,
} from "@longshore/core/adapter";

import type { Table } from "./table.ts";

/** The schedules: the verbs about them, and when the first of some has an occurrence. */
export type KeptSchedules = {
  readonly verbs: Schedules & ListSchedules;
  /** Infinity if none of them has one. */
  nextAt(refs: readonly ScheduleRef[]): number;
};

export function keepSchedules(clock: () => number, table: Table, wake: () => void): KeptSchedules {
  const schedules = new Map<string, StoredSchedule>();
  const verbs: KeptSchedules["verbs"] = {
    async declare(declared) {
      const now = table.begin();
      const rows = declared.map(({ name, rule }): ScheduleRow => {
        const key = keyOf({ name, rule });
        const { cursor, nextAt } = schedules.get(key) ?? { cursor: now };
        if (!schedules.has(key)) schedules.set(key, { name, rule, cursor });
        return nextAt === undefined ? { cursor } : { cursor, nextAt };
      });
      return { now, rows };
    },
    async advance(steps) {
      const now = table.begin();
      const answers = steps.map(({ from, to, nextAt, job, name, rule }): AdvanceAnswer => {
        const key = keyOf({ name, rule });
        if (schedules.get(key)?.cursor !== from) return { status: "behind" };
        schedules.set(key, { name, rule, cursor: to, ...(nextAt !== undefined && { nextAt }) });
        return job === undefined ? { status: "moved" } : { status: "moved", job: table.insert([job], now)[0] };
      });
      wake();
      return answers;
    },
    async listSchedules({ limit, after }) {
      return schedulePage(clock(), schedulesAfter(schedules.values(), after), limit);
    },
  };
  return {
    verbs,
    nextAt: (refs) =>
      refs.reduce((first, ref) => Math.min(first, schedules.get(keyOf(ref))?.nextAt ?? Infinity), Infinity),
  };
}

function keyOf({ name, rule }: ScheduleRef): string {
  return JSON.stringify([name, rule]);
}
