import type { Row, State } from "@longshore/conformance/tools";
import type { ScheduleRef } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** A `dueInMs` that sees other rows than there are. */
function waking(name: string, see: (row: Row, now: number) => Row | undefined): Saboteur {
  return sabotage(name, "dueInMs", ({ state, now, correct }) => ({
    ...correct(mapRows(state, (row) => see(row, now))),
    state,
  }));
}

function all({ schedules }: State): ScheduleRef[] {
  return [...schedules.keys()].map((key) => {
    const [name, rule] = JSON.parse(key);
    return { name, rule };
  });
}

export const wakeSaboteurs: readonly Saboteur[] = [
  waking("does not wake up for leases", (row) => (row.leased ? undefined : row)),
  waking("does not wake up for retries", (row) => (row.failures.length > 0 && !row.leased ? undefined : row)),
  waking("does not wake up for delayed jobs", (row, now) => (!row.leased && row.dueAt > now ? undefined : row)),
  waking("wakes up for jobs that have ended", (row) => ({ ...row, ended: undefined })),
  waking("wakes up for every queue", (row) => ({ ...row, data: { ...row.data, queue: "default" } })),
  waking("wakes up for leases as if they were over", (row, now) => (row.leased ? { ...row, dueAt: now } : row)),
  sabotage("wakes up for paused queues", "dueInMs", ({ state, correct }) => ({
    ...correct({ ...state, paused: new Map() }),
    state,
  })),
  sabotage("does not wake up for schedules", "dueInMs", ({ input: [{ queues }], correct }) =>
    correct(undefined, [{ queues, schedules: [] }]),
  ),
  sabotage("wakes up for schedules that nobody asked for", "dueInMs", ({ state, input: [{ queues }], correct }) =>
    correct(undefined, [{ queues, schedules: all(state) }]),
  ),
  sabotage("wakes up for every rule of a schedule", "dueInMs", ({ state, input: [{ queues, schedules }], correct }) => {
    const names = new Set(schedules.map(({ name }) => name));
    return correct(undefined, [{ queues, schedules: all(state).filter(({ name }) => names.has(name)) }]);
  }),
  sabotage(
    "says that something overdue was due before now",
    "dueInMs",
    ({ state, now, input: [{ queues }], correct }) => {
      const step = correct();
      const due = [...state.rows.values()].filter(
        ({ ended, data }) => ended === undefined && queues.includes(data.queue),
      );
      const first = Math.min(...due.map(({ dueAt }) => dueAt));
      return step.answer === 0 && first < now ? { ...step, answer: first - now } : step;
    },
  ),
  sabotage("answers zero where nothing waits", "dueInMs", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer ?? 0 };
  }),
  sabotage("answers an instant and not a duration", "dueInMs", ({ now, correct }) => {
    const step = correct();
    return { ...step, answer: step.answer === undefined ? undefined : now + step.answer };
  }),
  sabotage(
    "wakes up by the newest job and not by the earliest",
    "dueInMs",
    ({ state, now, input: [{ queues }], correct }) => {
      const step = correct();
      const waiting = [...state.rows.values()].filter(
        ({ ended, data }) => ended === undefined && queues.includes(data.queue),
      );
      const last = waiting.at(-1);
      return step.answer === undefined || last === undefined
        ? step
        : { ...step, answer: Math.max(0, last.dueAt - now) };
    },
  ),
];
