import type { Advance } from "@longshore/core/adapter";
import { type Row, draftOf } from "../model/state.ts";
import { enqueue } from "../model/work.ts";
import { type Saboteur, mapRows, spoil } from "./spoil.ts";

/** A `dueInMs` that sees other rows than there are. */
function waking(name: string, see: (row: Row, now: number) => Row | undefined): Saboteur {
  return spoil(name, "dueInMs", ({ state, now, honest }) => ({
    ...honest(mapRows(state, (row) => see(row, now))),
    state,
  }));
}

/** An `advance` that sees another step than it was given. */
function advancing(name: string, change: (step: Advance) => Advance): Saboteur {
  return spoil(name, "advance", ({ input: [step], honest }) => honest(undefined, [change(step)]));
}

export const timerSaboteurs: readonly Saboteur[] = [
  waking("does not wake up for leases", (row) => (row.leased ? undefined : row)),
  waking("does not wake up for retries", (row) => (row.failures.length > 0 && !row.leased ? undefined : row)),
  waking("does not wake up for delayed jobs", (row, now) => (!row.leased && row.dueAt > now ? undefined : row)),
  waking("wakes up for jobs that have ended", (row) => ({ ...row, ended: undefined })),
  waking("wakes up for every queue", (row) => ({ ...row, data: { ...row.data, queue: "default" } })),
  waking("wakes up for leases as if they were over", (row, now) => (row.leased ? { ...row, dueAt: now } : row)),
  spoil("wakes up for paused queues", "dueInMs", ({ state, honest }) => ({
    ...honest({ ...state, paused: new Set() }),
    state,
  })),
  spoil("does not wake up for schedules", "dueInMs", ({ input: [{ queues }], honest }) =>
    honest(undefined, [{ queues, schedules: [] }]),
  ),
  spoil("wakes up for schedules that nobody asked for", "dueInMs", ({ state, input: [{ queues }], honest }) =>
    honest(undefined, [{ queues, schedules: [...state.schedules.keys()] }]),
  ),
  spoil("says that something overdue was due before now", "dueInMs", ({ state, now, input: [{ queues }], honest }) => {
    const step = honest();
    const due = [...state.rows.values()].filter(
      ({ ended, data }) => ended === undefined && queues.includes(data.queue),
    );
    const first = Math.min(...due.map(({ dueAt }) => dueAt));
    return step.answer === 0 && first < now ? { ...step, answer: first - now } : step;
  }),
  spoil("answers zero where nothing waits", "dueInMs", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer ?? 0 };
  }),
  spoil("answers an instant and not a duration", "dueInMs", ({ now, honest }) => {
    const step = honest();
    return { ...step, answer: step.answer === undefined ? undefined : now + step.answer };
  }),
  spoil(
    "wakes up by the newest job and not by the earliest",
    "dueInMs",
    ({ state, now, input: [{ queues }], honest }) => {
      const step = honest();
      const waiting = [...state.rows.values()].filter(
        ({ ended, data }) => ended === undefined && queues.includes(data.queue),
      );
      const last = waiting.at(-1);
      return step.answer === undefined || last === undefined
        ? step
        : { ...step, answer: Math.max(0, last.dueAt - now) };
    },
  ),

  spoil("starts a schedule anew each time it is declared", "declare", ({ state, honest }) =>
    honest({ ...state, schedules: new Map() }),
  ),
  spoil("moves a schedule's cursor to now when it is declared", "declare", ({ state, now, input: [names], honest }) => {
    const moved = [...state.schedules].map(
      ([name, row]) => [name, names.includes(name) ? { ...row, cursor: Math.max(row.cursor, now) } : row] as const,
    );
    return honest({ ...state, schedules: new Map(moved) });
  }),
  spoil("answers declared schedules in an order of its own", "declare", ({ input: [names], honest }) =>
    honest(undefined, [[...names].sort()]),
  ),
  spoil("starts a schedule at the epoch", "declare", ({ honest }) => {
    const step = honest();
    const fresh = [...step.state.schedules].map(
      ([name, row]) => [name, row.nextAt === undefined ? { ...row, cursor: 0 } : row] as const,
    );
    const rows = step.answer.rows.map((row) => (row.nextAt === undefined ? { ...row, cursor: 0 } : row));
    return { state: { ...step.state, schedules: new Map(fresh) }, answer: { ...step.answer, rows } };
  }),
  spoil("keeps its schedules in an object, where __proto__ is lost", "declare", ({ now, input: [names], honest }) => {
    const step = honest();
    const rows = step.answer.rows.map((row, i) => ((names[i] ?? "") in {} ? { cursor: now + 1 } : row));
    return { ...step, answer: { ...step.answer, rows } };
  }),
  spoil("advances without looking at the cursor", "advance", ({ state, input: [step], honest }) => {
    const cursor = state.schedules.get(step.name)?.cursor;
    return cursor === undefined ? honest() : honest(undefined, [{ ...step, from: cursor }]);
  }),
  spoil("advances if the cursor is not yet past", "advance", ({ state, input: [step], honest }) => {
    const cursor = state.schedules.get(step.name)?.cursor;
    return cursor === undefined || cursor > step.to ? honest() : honest(undefined, [{ ...step, from: cursor }]);
  }),
  spoil("advances a schedule that was never declared", "advance", ({ state, input: [step], honest }) => {
    if (state.schedules.has(step.name)) return honest();
    return honest({ ...state, schedules: new Map([[step.name, { cursor: step.from, nextAt: undefined }]]) });
  }),
  spoil("makes the job of an occurrence before it looks at the cursor", "advance", ({ state, now, input, honest }) => {
    const [{ job }] = input;
    const draft = draftOf(state);
    if (job !== undefined) enqueue(draft, now, [job]);
    return honest(draft);
  }),
  spoil("makes the job of an occurrence that is behind", "advance", ({ now, input: [{ job }], honest }) => {
    const step = honest();
    if (step.answer === "fired" || job === undefined) return step;
    const draft = draftOf(step.state);
    enqueue(draft, now, [job]);
    return { ...step, state: draft };
  }),
  spoil("moves the cursor and loses the job", "advance", ({ input: [{ job: _job, ...step }], honest }) =>
    honest(undefined, [step]),
  ),
  spoil("makes the job and leaves the cursor", "advance", ({ state, input: [{ name }], honest }) => {
    const step = honest();
    const row = state.schedules.get(name);
    if (step.answer === "behind" || row === undefined) return step;
    return { ...step, state: { ...step.state, schedules: new Map([...step.state.schedules, [name, row]]) } };
  }),
  spoil("replaces the job that has an occurrence's id", "advance", ({ state, input: [{ job }], honest }) =>
    honest(mapRows(state, (row) => (row.data.id === job?.id ? undefined : row))),
  ),
  spoil("is behind where an occurrence's id stands", "advance", ({ state, input: [{ job }], honest }) =>
    job !== undefined && state.rows.has(job.id) ? { state, answer: "behind" } : honest(),
  ),
  spoil("moves every schedule's cursor", "advance", ({ input: [{ to }], honest }) => {
    const step = honest();
    if (step.answer === "behind") return step;
    const all = [...step.state.schedules].map(([name, row]) => [name, { ...row, cursor: to }] as const);
    return { ...step, state: { ...step.state, schedules: new Map(all) } };
  }),
  advancing("forgets when a schedule fires next", ({ nextAt: _nextAt, ...step }) => step),
  spoil("keeps the old next time where there is none", "advance", ({ state, input: [step], honest }) =>
    honest(undefined, [{ ...step, nextAt: step.nextAt ?? state.schedules.get(step.name)?.nextAt }]),
  ),
  advancing("makes occurrences due when they are fired", (step) =>
    step.job === undefined ? step : { ...step, job: { ...step.job, due: { inMs: 0 } } },
  ),
  advancing("makes occurrences without their partition", (step) =>
    step.job === undefined ? step : { ...step, job: { ...step.job, partition: undefined } },
  ),

  spoil("prunes what waits for long", "prune", ({ now, honest }) => {
    const step = honest();
    const old = (row: Row): boolean => row.ended === undefined && now - row.enqueuedAt > 86_400_000;
    return { ...step, state: mapRows(step.state, (row) => (old(row) ? undefined : row)) };
  }),
  spoil("prunes what is not kept, running or not", "prune", ({ honest }) => {
    const step = honest();
    return { ...step, state: mapRows(step.state, (row) => (row.keepMs === 0 ? undefined : row)) };
  }),
  spoil("prunes dead letters as if they were completed", "prune", ({ now, honest }) => {
    const step = honest();
    const over = (row: Row): boolean => row.ended === "dead" && now >= row.dueAt + row.keepMs;
    return { ...step, state: mapRows(step.state, (row) => (over(row) ? undefined : row)) };
  }),
  spoil("prunes completed jobs before their time", "prune", ({ honest }) => {
    const step = honest();
    return { ...step, state: mapRows(step.state, (row) => (row.ended === "completed" ? undefined : row)) };
  }),
  spoil("prunes nothing", "prune", ({ state }) => ({ state, answer: [] })),
  spoil("prunes dead letters without a word", "prune", ({ honest }) => ({ ...honest(), answer: [] })),
  spoil("tells of pruned jobs that were completed, too", "prune", ({ state, now, honest }) => {
    const step = honest();
    const gone = [...state.rows.values()].filter(
      ({ ended, dueAt, keepMs }) => (ended === "completed" || ended === "cancelled") && now >= dueAt + keepMs,
    );
    const told = gone.map(({ data, attempt, enqueuedAt, dueAt, failures, ended = "completed" }) => ({
      ...data,
      attempt,
      enqueuedAt,
      dueAt,
      failures,
      state: ended,
    }));
    return { ...step, answer: [...step.answer, ...told] };
  }),
  spoil("prunes without a limit", "prune", ({ honest }) => honest(undefined, [Number.MAX_SAFE_INTEGER])),
  spoil("tells of a pruned job again and again", "prune", ({ state, honest }) => ({ ...honest(), state })),
];
