import { type State, draftOf, enqueue, keyOf } from "@longshore/conformance/tools";
import type { Advance, SchedulePage, ScheduleRef } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** An `advance` that sees other steps than it was given. */
function each(name: string, change: (step: Advance, state: State) => Advance): Saboteur {
  return sabotage(name, "advance", ({ state, input: [steps], correct }) =>
    correct(undefined, [steps.map((step) => change(step, state))]),
  );
}

/** Of which schedule a cursor is. */
function nameIn(key: string): string {
  return JSON.parse(key)[0];
}

/** A list of schedules that answers another page. */
function listing(name: string, change: (page: SchedulePage, after: ScheduleRef | undefined) => SchedulePage): Saboteur {
  return sabotage(name, "listSchedules", ({ input: [{ after }], correct }) => {
    const step = correct();
    return { ...step, answer: change(step.answer, after) };
  });
}

export const scheduleSaboteurs: readonly Saboteur[] = [
  sabotage("starts a schedule anew each time it is declared", "declare", ({ state, correct }) =>
    correct({ ...state, schedules: new Map() }),
  ),
  sabotage(
    "moves a schedule's cursor to now when it is declared",
    "declare",
    ({ state, now, input: [refs], correct }) => {
      const keys = new Set(refs.map(keyOf));
      const moved = [...state.schedules].map(
        ([key, row]) => [key, keys.has(key) ? { ...row, cursor: Math.max(row.cursor, now) } : row] as const,
      );
      return correct({ ...state, schedules: new Map(moved) });
    },
  ),
  sabotage("answers declared schedules in an order of its own", "declare", ({ input: [refs], correct }) =>
    correct(undefined, [[...refs].sort((a, b) => (a.name < b.name ? -1 : 1))]),
  ),
  sabotage("starts a schedule at the epoch", "declare", ({ correct }) => {
    const step = correct();
    const fresh = [...step.state.schedules].map(
      ([key, row]) => [key, row.nextAt === undefined ? { ...row, cursor: 0 } : row] as const,
    );
    const rows = step.answer.rows.map((row) => (row.nextAt === undefined ? { ...row, cursor: 0 } : row));
    return { state: { ...step.state, schedules: new Map(fresh) }, answer: { ...step.answer, rows } };
  }),
  sabotage(
    "keeps its schedules in an object, where __proto__ is lost",
    "declare",
    ({ now, input: [refs], correct }) => {
      const step = correct();
      const rows = step.answer.rows.map((row, i) => ((refs[i]?.name ?? "") in {} ? { cursor: now + 1 } : row));
      return { ...step, answer: { ...step.answer, rows } };
    },
  ),
  sabotage("gives a changed rule the cursor of the old one", "declare", ({ state, input: [refs], correct }) => {
    const schedules = new Map(state.schedules);
    // The first of a name stays.
    const standing = new Map([...state.schedules].reverse().map(([key, row]) => [nameIn(key), row]));
    for (const ref of refs) {
      const old = standing.get(ref.name);
      if (old !== undefined && !schedules.has(keyOf(ref))) schedules.set(keyOf(ref), old);
    }
    return correct({ ...state, schedules });
  }),
  sabotage(
    "drops the old rule's cursor where a new one is declared",
    "declare",
    ({ state, input: [refs], correct }) => {
      const keys = new Set(refs.map(keyOf));
      const names = new Set(refs.map(({ name }) => name));
      const kept = [...state.schedules].filter(([key]) => keys.has(key) || !names.has(nameIn(key)));
      return correct({ ...state, schedules: new Map(kept) });
    },
  ),
  sabotage("forgets the schedules that a call does not declare", "declare", ({ state, input: [refs], correct }) => {
    const keys = new Set(refs.map(keyOf));
    return correct({ ...state, schedules: new Map([...state.schedules].filter(([key]) => keys.has(key))) });
  }),
  sabotage("forgets when a schedule fires next where it is declared again", "declare", ({ input: [refs], correct }) => {
    const step = correct();
    const schedules = new Map(step.state.schedules);
    for (const key of refs.map(keyOf)) {
      const row = schedules.get(key);
      if (row !== undefined) schedules.set(key, { ...row, nextAt: undefined });
    }
    return { ...step, state: { ...step.state, schedules } };
  }),
  sabotage("declares a thousand schedules, and leaves the rest", "declare", ({ input: [refs], correct }) =>
    correct(undefined, [refs.slice(0, 1_000)]),
  ),
  each("advances without looking at the cursor", (step, state) => {
    const cursor = state.schedules.get(keyOf(step))?.cursor;
    return cursor === undefined ? step : { ...step, from: cursor };
  }),
  each("advances if the cursor is not yet past", (step, state) => {
    const cursor = state.schedules.get(keyOf(step))?.cursor;
    return cursor === undefined || cursor > step.to ? step : { ...step, from: cursor };
  }),
  sabotage("advances a schedule that was never declared", "advance", ({ state, input: [steps], correct }) => {
    const schedules = new Map(state.schedules);
    for (const step of steps) {
      const key = keyOf(step);
      if (!schedules.has(key)) schedules.set(key, { cursor: step.from, nextAt: undefined });
    }
    return correct({ ...state, schedules });
  }),
  sabotage(
    "makes the job of an occurrence before it looks at the cursor",
    "advance",
    ({ state, now, input, correct }) => {
      const draft = draftOf(state);
      for (const { job } of input[0]) if (job !== undefined) enqueue(draft, now, [job]);
      return { ...correct(draft), answer: correct().answer };
    },
  ),
  sabotage("makes the job of an occurrence that is behind", "advance", ({ now, input: [steps], correct }) => {
    const { state, answer } = correct();
    const draft = draftOf(state);
    steps.forEach(({ job }, i) => {
      if (answer[i]?.status === "behind" && job !== undefined) enqueue(draft, now, [job]);
    });
    return { state: draft, answer };
  }),
  sabotage("moves the cursor and loses the job", "advance", ({ input: [steps], correct }) => ({
    ...correct(undefined, [steps.map(({ job: _job, ...step }) => step)]),
    answer: correct().answer,
  })),
  sabotage("makes the job and leaves the cursor", "advance", ({ state, correct }) => {
    const step = correct();
    return { ...step, state: { ...step.state, schedules: state.schedules } };
  }),
  sabotage("replaces the job that has an occurrence's id", "advance", ({ state, input: [steps], correct }) => {
    const made = new Set(steps.map(({ job }) => job?.id));
    return { ...correct(mapRows(state, (row) => (made.has(row.data.id) ? undefined : row))), answer: correct().answer };
  }),
  each("is behind where an occurrence's id stands", (step, state) =>
    step.job !== undefined && state.rows.has(step.job.id) ? { ...step, from: -1 } : step,
  ),
  sabotage("moves every schedule's cursor", "advance", ({ input: [steps], correct }) => {
    const step = correct();
    const to = steps.find((_, i) => step.answer[i]?.status === "moved")?.to;
    if (to === undefined) return step;
    const all = [...step.state.schedules].map(([key, row]) => [key, { ...row, cursor: to }] as const);
    return { ...step, state: { ...step.state, schedules: new Map(all) } };
  }),
  sabotage("moves the cursors of all rules of a name", "advance", ({ input: [steps], correct }) => {
    const step = correct();
    const schedules = new Map(step.state.schedules);
    const moved = new Map(steps.flatMap(({ name, to }, i) => (step.answer[i]?.status === "moved" ? [[name, to]] : [])));
    for (const [key, row] of schedules) {
      const to = moved.get(nameIn(key));
      if (to !== undefined) schedules.set(key, { ...row, cursor: to });
    }
    return { ...step, state: { ...step.state, schedules } };
  }),
  sabotage("moves nothing where one step of a call is behind", "advance", ({ state, input: [steps], correct }) => {
    const step = correct();
    if (step.answer.every(({ status }) => status === "moved")) return step;
    return { state, answer: steps.map(() => ({ status: "behind" })) };
  }),
  sabotage("looks at all cursors before it moves any", "advance", ({ state, input: [steps], correct }) => {
    const from = new Map<string, number>();
    return correct(undefined, [
      steps.map((step) => {
        const key = keyOf(step);
        const cursor = from.get(key) ?? state.schedules.get(key)?.cursor ?? -1;
        from.set(key, cursor);
        return cursor === step.from ? step : { ...step, from: -1 };
      }),
    ]);
  }),
  sabotage("says that every occurrence was created", "advance", ({ correct }) => {
    const step = correct();
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
  listing("lists schedules without their next times", ({ schedules, ...page }) => ({
    ...page,
    schedules: schedules.map(({ nextAt: _nextAt, ...one }) => one),
  })),
  listing("lists the next time of a schedule as its cursor", ({ schedules, ...page }) => ({
    ...page,
    schedules: schedules.map((one) => ({ ...one, cursor: one.nextAt ?? one.cursor })),
  })),
  listing("lists one rule of each schedule", ({ schedules, ...page }) => ({
    ...page,
    schedules: schedules.filter(({ name }, i) => schedules[i + 1]?.name !== name),
  })),
  listing("lists the schedules of a page backwards", ({ schedules, ...page }) => ({
    ...page,
    schedules: [...schedules].reverse(),
  })),
  listing("ends the list of schedules with the first page", ({ after: _after, ...page }) => page),
  listing("repeats the schedule that a page begins after", (page, after) =>
    after === undefined ? page : { ...page, schedules: [{ ...after, cursor: page.now }, ...page.schedules] },
  ),
  listing("has no time for its list of schedules", (page) => ({ ...page, now: 0 })),
  sabotage("goes on after the name of a schedule, past its other rules", "listSchedules", ({ input, correct }) => {
    const [{ limit, after }] = input;
    return correct(undefined, [{ limit, ...(after && { after: { name: after.name, rule: "\uffff" } }) }]);
  }),
  sabotage("lists no schedules after one that is gone", "listSchedules", ({ state, input: [{ after }], correct }) => {
    const step = correct();
    if (after === undefined || state.schedules.has(keyOf(after))) return step;
    return { ...step, answer: { now: step.answer.now, schedules: [] } };
  }),
  sabotage("lists the schedules that are not overdue", "listSchedules", ({ state, now, correct }) =>
    correct({
      ...state,
      schedules: new Map([...state.schedules].filter(([, { nextAt = Infinity }]) => nextAt >= now)),
    }),
  ),
  sabotage("moves overdue schedules on where they are listed", "listSchedules", ({ state, now, correct }) => {
    const moved = [...state.schedules].map(
      ([key, row]) => [key, (row.nextAt ?? Infinity) < now ? { ...row, cursor: now } : row] as const,
    );
    return { ...correct({ ...state, schedules: new Map(moved) }), answer: correct().answer };
  }),
];
