import { type Row, type State, draftOf, enqueue, keyOf } from "@longshore/conformance/tools";
import type { Advance, ScheduleRef } from "@longshore/core/adapter";
import { type Saboteur, mapRows, spoil } from "./spoil.ts";

/** A `dueInMs` that sees other rows than there are. */
function waking(name: string, see: (row: Row, now: number) => Row | undefined): Saboteur {
  return spoil(name, "dueInMs", ({ state, now, honest }) => ({
    ...honest(mapRows(state, (row) => see(row, now))),
    state,
  }));
}

/** An `advance` that sees other steps than it was given. */
function each(name: string, change: (step: Advance, state: State) => Advance): Saboteur {
  return spoil(name, "advance", ({ state, input: [steps], honest }) =>
    honest(undefined, [steps.map((step) => change(step, state))]),
  );
}

/** Of which schedule a cursor is. */
function nameIn(key: string): string {
  return JSON.parse(key)[0];
}

function all({ schedules }: State): ScheduleRef[] {
  return [...schedules.keys()].map((key) => {
    const [name, rule] = JSON.parse(key);
    return { name, rule };
  });
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
    honest(undefined, [{ queues, schedules: all(state) }]),
  ),
  spoil("wakes up for every rule of a schedule", "dueInMs", ({ state, input: [{ queues, schedules }], honest }) => {
    const names = new Set(schedules.map(({ name }) => name));
    return honest(undefined, [{ queues, schedules: all(state).filter(({ name }) => names.has(name)) }]);
  }),
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
  spoil("moves a schedule's cursor to now when it is declared", "declare", ({ state, now, input: [refs], honest }) => {
    const keys = new Set(refs.map(keyOf));
    const moved = [...state.schedules].map(
      ([key, row]) => [key, keys.has(key) ? { ...row, cursor: Math.max(row.cursor, now) } : row] as const,
    );
    return honest({ ...state, schedules: new Map(moved) });
  }),
  spoil("answers declared schedules in an order of its own", "declare", ({ input: [refs], honest }) =>
    honest(undefined, [[...refs].sort((a, b) => (a.name < b.name ? -1 : 1))]),
  ),
  spoil("starts a schedule at the epoch", "declare", ({ honest }) => {
    const step = honest();
    const fresh = [...step.state.schedules].map(
      ([key, row]) => [key, row.nextAt === undefined ? { ...row, cursor: 0 } : row] as const,
    );
    const rows = step.answer.rows.map((row) => (row.nextAt === undefined ? { ...row, cursor: 0 } : row));
    return { state: { ...step.state, schedules: new Map(fresh) }, answer: { ...step.answer, rows } };
  }),
  spoil("keeps its schedules in an object, where __proto__ is lost", "declare", ({ now, input: [refs], honest }) => {
    const step = honest();
    const rows = step.answer.rows.map((row, i) => ((refs[i]?.name ?? "") in {} ? { cursor: now + 1 } : row));
    return { ...step, answer: { ...step.answer, rows } };
  }),
  spoil("gives a changed rule the cursor of the old one", "declare", ({ state, input: [refs], honest }) => {
    const schedules = new Map(state.schedules);
    // The first of a name stays.
    const standing = new Map([...state.schedules].reverse().map(([key, row]) => [nameIn(key), row]));
    for (const ref of refs) {
      const old = standing.get(ref.name);
      if (old !== undefined && !schedules.has(keyOf(ref))) schedules.set(keyOf(ref), old);
    }
    return honest({ ...state, schedules });
  }),
  spoil("drops the old rule's cursor where a new one is declared", "declare", ({ state, input: [refs], honest }) => {
    const keys = new Set(refs.map(keyOf));
    const names = new Set(refs.map(({ name }) => name));
    const kept = [...state.schedules].filter(([key]) => keys.has(key) || !names.has(nameIn(key)));
    return honest({ ...state, schedules: new Map(kept) });
  }),
  spoil("forgets the schedules that a call does not declare", "declare", ({ state, input: [refs], honest }) => {
    const keys = new Set(refs.map(keyOf));
    return honest({ ...state, schedules: new Map([...state.schedules].filter(([key]) => keys.has(key))) });
  }),
  spoil("forgets when a schedule fires next where it is declared again", "declare", ({ input: [refs], honest }) => {
    const step = honest();
    const schedules = new Map(step.state.schedules);
    for (const key of refs.map(keyOf)) {
      const row = schedules.get(key);
      if (row !== undefined) schedules.set(key, { ...row, nextAt: undefined });
    }
    return { ...step, state: { ...step.state, schedules } };
  }),
  spoil("declares a thousand schedules, and leaves the rest", "declare", ({ input: [refs], honest }) =>
    honest(undefined, [refs.slice(0, 1_000)]),
  ),
  each("advances without looking at the cursor", (step, state) => {
    const cursor = state.schedules.get(keyOf(step))?.cursor;
    return cursor === undefined ? step : { ...step, from: cursor };
  }),
  each("advances if the cursor is not yet past", (step, state) => {
    const cursor = state.schedules.get(keyOf(step))?.cursor;
    return cursor === undefined || cursor > step.to ? step : { ...step, from: cursor };
  }),
  spoil("advances a schedule that was never declared", "advance", ({ state, input: [steps], honest }) => {
    const schedules = new Map(state.schedules);
    for (const step of steps) {
      const key = keyOf(step);
      if (!schedules.has(key)) schedules.set(key, { cursor: step.from, nextAt: undefined });
    }
    return honest({ ...state, schedules });
  }),
  spoil("makes the job of an occurrence before it looks at the cursor", "advance", ({ state, now, input, honest }) => {
    const draft = draftOf(state);
    for (const { job } of input[0]) if (job !== undefined) enqueue(draft, now, [job]);
    return { ...honest(draft), answer: honest().answer };
  }),
  spoil("makes the job of an occurrence that is behind", "advance", ({ now, input: [steps], honest }) => {
    const { state, answer } = honest();
    const draft = draftOf(state);
    steps.forEach(({ job }, i) => {
      if (answer[i]?.status === "behind" && job !== undefined) enqueue(draft, now, [job]);
    });
    return { state: draft, answer };
  }),
  spoil("moves the cursor and loses the job", "advance", ({ input: [steps], honest }) => ({
    ...honest(undefined, [steps.map(({ job: _job, ...step }) => step)]),
    answer: honest().answer,
  })),
  spoil("makes the job and leaves the cursor", "advance", ({ state, honest }) => {
    const step = honest();
    return { ...step, state: { ...step.state, schedules: state.schedules } };
  }),
  spoil("replaces the job that has an occurrence's id", "advance", ({ state, input: [steps], honest }) => {
    const made = new Set(steps.map(({ job }) => job?.id));
    return { ...honest(mapRows(state, (row) => (made.has(row.data.id) ? undefined : row))), answer: honest().answer };
  }),
  each("is behind where an occurrence's id stands", (step, state) =>
    step.job !== undefined && state.rows.has(step.job.id) ? { ...step, from: -1 } : step,
  ),
  spoil("moves every schedule's cursor", "advance", ({ input: [steps], honest }) => {
    const step = honest();
    const to = steps.find((_, i) => step.answer[i]?.status === "moved")?.to;
    if (to === undefined) return step;
    const all = [...step.state.schedules].map(([key, row]) => [key, { ...row, cursor: to }] as const);
    return { ...step, state: { ...step.state, schedules: new Map(all) } };
  }),
  spoil("moves the cursors of all rules of a name", "advance", ({ input: [steps], honest }) => {
    const step = honest();
    const schedules = new Map(step.state.schedules);
    const moved = new Map(steps.flatMap(({ name, to }, i) => (step.answer[i]?.status === "moved" ? [[name, to]] : [])));
    for (const [key, row] of schedules) {
      const to = moved.get(nameIn(key));
      if (to !== undefined) schedules.set(key, { ...row, cursor: to });
    }
    return { ...step, state: { ...step.state, schedules } };
  }),
  spoil("moves nothing where one step of a call is behind", "advance", ({ state, input: [steps], honest }) => {
    const step = honest();
    if (step.answer.every(({ status }) => status === "moved")) return step;
    return { state, answer: steps.map(() => ({ status: "behind" })) };
  }),
  spoil("looks at all cursors before it moves any", "advance", ({ state, input: [steps], honest }) => {
    const from = new Map<string, number>();
    return honest(undefined, [
      steps.map((step) => {
        const key = keyOf(step);
        const cursor = from.get(key) ?? state.schedules.get(key)?.cursor ?? -1;
        from.set(key, cursor);
        return cursor === step.from ? step : { ...step, from: -1 };
      }),
    ]);
  }),
  spoil("says that every occurrence was created", "advance", ({ honest }) => {
    const step = honest();
    const answer = step.answer.map((one) => ("job" in one ? { ...one, job: { status: "created" } as const } : one));
    return { ...step, answer };
  }),
  each("forgets when a schedule fires next", ({ nextAt: _nextAt, ...step }) => step),
  each("keeps the old next time where there is none", (step, state) => ({
    ...step,
    nextAt: step.nextAt ?? state.schedules.get(keyOf(step))?.nextAt,
  })),
  each("makes occurrences due when they are fired", (step) =>
    step.job === undefined ? step : { ...step, job: { ...step.job, due: { inMs: 0 } } },
  ),
  each("makes occurrences without their headers", (step) =>
    step.job === undefined ? step : { ...step, job: { ...step.job, headers: {} } },
  ),
  each("makes occurrences without their partition", (step) =>
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
