import { type Row, type State, stateAt } from "@longshore/conformance/tools";
import type { JobState, QueueCounts } from "@longshore/core/adapter";
import { type Saboteur, type Sabotaged, type Step, mapRows, replaceVerb, saboteur, sabotage } from "./saboteur.ts";

type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

/** A verb after which the rows for which it was done are changed; undefined drops one. */
function after<V extends ControlVerb>(
  name: string,
  verb: V,
  change: (row: Row, before: Row) => Row | undefined,
): Saboteur {
  return sabotage(name, verb, ({ state, input: [refs], correct }) => {
    const step = correct();
    const done = new Set(refs.filter((_, i) => step.answer[i]?.status === "done").map(({ id }) => id));
    const changed = mapRows(step.state, (row) => {
      const before = state.rows.get(row.data.id);
      return done.has(row.data.id) && before !== undefined ? change(row, before) : row;
    });
    return { ...step, state: changed };
  });
}

/** A verb that takes a state for another one, which allows it. */
function allowing<V extends ControlVerb>(
  name: string,
  verb: V,
  state: JobState,
  as: (row: Row, now: number) => Row,
): Saboteur {
  return sabotage(name, verb, (call: Sabotaged<V>): Step<V> => {
    const { input, now, correct } = call;
    const [refs] = input;
    const named = new Set(refs.map(({ id }) => id));
    return correct(
      mapRows(call.state, (row) => (named.has(row.data.id) && stateAt(row, now) === state ? as(row, now) : row)),
    );
  });
}

const verbs = ["cancel", "replay", "runNow", "remove"] as const;

export const operatorSaboteurs: readonly Saboteur[] = [
  ...verbs.map((verb) =>
    sabotage(`${verb} answers in an order of its own`, verb, ({ correct }) => {
      const step = correct();
      return { ...step, answer: [...step.answer].sort((a, b) => (a.status < b.status ? -1 : 1)) };
    }),
  ),
  ...verbs.map((verb) =>
    sabotage(`${verb} says that it was done, also where it was refused`, verb, ({ correct }) => {
      const step = correct();
      const answer = step.answer.map((one) => (one.status === "refused" ? ({ status: "done" } as const) : one));
      return { ...step, answer };
    }),
  ),
  after("cancel leaves the job to its worker", "cancel", (row, before) =>
    before.leased ? { ...row, leased: true, settled: false } : row,
  ),
  after("cancel removes the row, kept or not", "cancel", () => undefined),
  sabotage("cancel keeps nothing of a running job that is not to be kept", "cancel", ({ state, correct }) =>
    correct(mapRows(state, (row) => (row.keepMs === 0 ? { ...row, leased: false } : row))),
  ),
  after("cancel keeps what is not to be kept beyond the lease", "cancel", (row) =>
    row.heldUntil > 0 ? { ...row, heldUntil: row.heldUntil + 60_000 } : row,
  ),
  after("a replay keeps a job for as long as its cancelled lease", "replay", (row, before) => ({
    ...row,
    heldUntil: before.heldUntil,
  })),
  after("cancel gives a running job's attempt back", "cancel", (row, before) =>
    before.leased ? { ...row, attempt: row.attempt - 1 } : row,
  ),
  sabotage("cancel keeps rows that are not to be kept", "cancel", ({ state, correct }) =>
    correct(mapRows(state, (row) => ({ ...row, keepMs: Math.max(row.keepMs, 60_000) }))),
  ),
  allowing("cancels what is completed", "cancel", "completed", (row) => ({ ...row, ended: undefined })),
  allowing("cancels no job that runs", "cancel", "active", (row) => ({ ...row, ended: "completed" })),
  after("a replay keeps the attempts", "replay", (row, before) => ({ ...row, attempt: before.attempt })),
  after("a replay keeps the age", "replay", (row, before) => ({ ...row, enqueuedAt: before.enqueuedAt })),
  after("a replay loses the version of the job's schema", "replay", (row) => {
    const { s: _version, ...headers } = row.data.headers;
    return { ...row, data: { ...row.data, headers } };
  }),
  after("a replay forgets the failures", "replay", (row) => ({ ...row, failures: [] })),
  after("a replay makes a job that is due in a minute", "replay", (row) => ({ ...row, dueAt: row.dueAt + 60_000 })),
  after("a replay lets the cancelled worker settle after all", "replay", (row) =>
    row.settled ? row : { ...row, leased: true },
  ),
  sabotage("replays only the first of many", "replay", ({ input: [refs], correct }) => {
    const step = correct(undefined, [refs.slice(0, 1)]);
    return { ...step, answer: refs.map((_, i) => step.answer[i] ?? { status: "done" }) };
  }),
  allowing("replays completed jobs", "replay", "completed", (row) => ({ ...row, ended: "dead" })),
  allowing("replays no cancelled job", "replay", "cancelled", (row) => ({ ...row, ended: "completed" })),
  after("runNow does nothing", "runNow", (_row, before) => before),
  after("runNow starts the attempts from zero", "runNow", (row) => ({ ...row, attempt: 0 })),
  after("runNow counts the wait from the enqueue", "runNow", (row) => ({ ...row, dueAt: row.enqueuedAt })),
  allowing("runNow takes over a running job", "runNow", "active", (row) => ({ ...row, leased: false })),
  allowing("removes running jobs", "remove", "active", (row, now) => ({ ...row, dueAt: now })),
  sabotage("a removal hides the row and keeps the id", "remove", ({ state, input: [refs], correct }) => {
    const step = correct();
    const hidden = refs.filter((_, i) => step.answer[i]?.status === "done");
    let hiding = step.state;
    for (const { id } of hidden) {
      const row = state.rows.get(id);
      if (row !== undefined)
        hiding = { ...hiding, rows: new Map([...hiding.rows, [id, { ...row, ended: "cancelled" }]]) };
    }
    return { ...step, state: hiding };
  }),
  sabotage("pauses nothing", "pause", ({ state }) => ({ state, answer: undefined })),
  sabotage("pauses every queue", "pause", ({ state, correct }) => {
    const step = correct();
    const queues = [...state.rows.values()].map(({ data }) => data.queue);
    return { ...step, state: { ...step.state, paused: new Set([...step.state.paused, ...queues]) } };
  }),
  sabotage("resumes nothing", "resume", ({ state }) => ({ state, answer: undefined })),
  sabotage("a pause ends the leases of its queue", "pause", ({ input: [queue], correct }) => {
    const step = correct();
    const ended = (row: Row): Row =>
      row.data.queue === queue && row.leased ? { ...row, leased: false, token: -1 } : row;
    return { ...step, state: mapRows(step.state, ended) };
  }),
  sabotage("a pause is a switch, and twice is never", "pause", ({ state, input: [queue], correct }) => {
    if (!state.paused.has(queue)) return correct();
    return {
      state: { ...state, paused: new Set([...state.paused].filter((one) => one !== queue)) },
      answer: undefined,
    };
  }),
  sabotage("does not tell which queues are paused", "counts", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((one) => ({ ...one, paused: false })) };
  }),
  sabotage("does not tell of paused queues that are empty", "counts", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.filter(({ counts }) => Object.keys(counts).length > 0) };
  }),
];

export const inspectSaboteurs: readonly Saboteur[] = [
  sabotage("gets jobs in the order of its rows", "get", ({ correct }) => {
    const step = correct();
    return { ...step, answer: [...step.answer].sort((a, b) => ((a?.id ?? "") < (b?.id ?? "") ? -1 : 1)) };
  }),
  sabotage("leaves out what it does not find", "get", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.filter((job) => job !== undefined) };
  }),
  sabotage("answers times as text, as its driver gives them", "get", ({ correct }) => {
    const step = correct();
    const text = (at: number): number => new Date(at).toISOString() as unknown as number; // a lie, as drivers tell it
    return { ...step, answer: step.answer.map((job) => job && { ...job, enqueuedAt: text(job.enqueuedAt) }) };
  }),
  sabotage("shows the time of the last claim and not the lease's end", "get", ({ correct }) => {
    const step = correct();
    return {
      ...step,
      answer: step.answer.map((job) => (job?.state === "active" ? { ...job, dueAt: job.dueAt - 30_000 } : job)),
    };
  }),
  sabotage("shows stalled jobs as running", "get", ({ correct }) => {
    const step = correct();
    return {
      ...step,
      answer: step.answer.map((job) => (job?.state === "stalled" ? { ...job, state: "active" } : job)),
    };
  }),
  sabotage("shows what is due as delayed until it is claimed", "get", ({ correct }) => {
    const step = correct();
    return {
      ...step,
      answer: step.answer.map((job) =>
        job?.state === "enqueued" && job.dueAt > job.enqueuedAt ? { ...job, state: "delayed" } : job,
      ),
    };
  }),
  sabotage("gives stored jobs without their headers", "get", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((job) => job && { ...job, headers: {} }) };
  }),
  sabotage("lists one job less after each page", "list", ({ state, input: [request], correct }) =>
    correct(undefined, [{ ...request, cursor: moved(state, request.cursor, 1) }]),
  ),
  sabotage("lists the last job of a page again", "list", ({ state, input: [request], correct }) =>
    correct(undefined, [{ ...request, cursor: moved(state, request.cursor, -1) }]),
  ),
  sabotage("lists each page from its end", "list", ({ correct }) => {
    const step = correct();
    return { ...step, answer: { ...step.answer, jobs: [...step.answer.jobs].reverse() } };
  }),
  sabotage("has cursors that count the jobs before them", "list", ({ input: [{ cursor, ...request }], correct }) => {
    const step = correct(undefined, [{ ...request, limit: Number.MAX_SAFE_INTEGER }]);
    const from = Number(cursor ?? 0);
    const to = from + request.limit;
    const jobs = step.answer.jobs.slice(from, to);
    return { ...step, answer: to < step.answer.jobs.length ? { jobs, cursor: String(to) } : { jobs } };
  }),
  sabotage("lists one more than the limit", "list", ({ input: [request], correct }) =>
    correct(undefined, [{ ...request, limit: request.limit + 1 }]),
  ),
  sabotage("lists one page only", "list", ({ correct }) => {
    const step = correct();
    return { ...step, answer: { jobs: step.answer.jobs } };
  }),
  sabotage("ignores the state that a list asks for", "list", ({ input: [{ state: _state, ...request }], correct }) =>
    correct(undefined, [request]),
  ),
  sabotage("ignores the queue that a list asks for", "list", ({ input: [{ queue: _queue, ...request }], correct }) =>
    correct(undefined, [request]),
  ),
  sabotage("lists stalled jobs as running", "list", ({ input: [request], correct }) => {
    if (request.state !== "active") return correct();
    const [active, stalled] = [correct(), correct(undefined, [{ ...request, state: "stalled" }])];
    return { ...active, answer: { jobs: [...active.answer.jobs, ...stalled.answer.jobs] } };
  }),
  sabotage("counts across queues", "counts", ({ correct }) => {
    const step = correct();
    const [first] = step.answer;
    return { ...step, answer: first === undefined ? [] : [first] };
  }),
  sabotage("counts what runs as waiting", "counts", ({ correct }) => {
    const step = correct();
    const answer = step.answer.map((one) => {
      const { active = 0, enqueued = 0, ...others } = one.counts;
      return { ...one, counts: { ...others, enqueued: enqueued + active } };
    });
    return { ...step, answer };
  }),
  narrowed(
    "counts what runs as waiting where only some states are asked for",
    ({ active = 0, enqueued = 0, ...rest }) => ({
      ...rest,
      enqueued: enqueued + active,
    }),
  ),
  narrowed("counts what is delayed as waiting where only some states are asked for", (counts) => ({
    ...counts,
    enqueued: (counts.enqueued ?? 0) + (counts.delayed ?? 0),
  })),
  narrowed("misses what runs where only some states are asked for", ({ active: _active, ...rest }) => rest),
  narrowed("misses what is stalled where only some states are asked for", ({ stalled: _stalled, ...rest }) => rest),
  narrowed("misses the dead where only some states are asked for", ({ dead: _dead, ...rest }) => rest),
  narrowed("counts only the first of the states that are asked for", (counts, [first]) =>
    first === undefined ? {} : { [first]: counts[first] ?? 0 },
  ),
  narrowed("counts a state once for each time that it is asked for", (counts, states) => {
    const times = (state: JobState): number => states.filter((one) => one === state).length;
    return Object.fromEntries(states.map((state) => [state, times(state) * (counts[state] ?? 0)]));
  }),
  sabotage(
    "tells of no paused queues where only some states are asked for",
    "counts",
    ({ input: [states], correct }) => {
      const step = correct();
      return states === undefined ? step : { ...step, answer: step.answer.map((one) => ({ ...one, paused: false })) };
    },
  ),
  sabotage(
    "counts rows past their time where only some states are asked for",
    "counts",
    ({ state, input: [states], correct }) => correct(states === undefined ? state : mapRows(state, unexpired)),
  ),
  saboteur(
    "shows rows past their time until a prune takes them",
    replaceVerb("get", ({ state, correct }) => correct(mapRows(state, unexpired))),
  ),
  saboteur(
    "counts rows past their time until a prune takes them",
    replaceVerb("counts", ({ state, correct }) => correct(mapRows(state, unexpired))),
  ),
  saboteur(
    "lists rows past their time until a prune takes them",
    replaceVerb("list", ({ state, correct }) => correct(mapRows(state, unexpired))),
  ),
];

/** The id so many places further than a cursor. */
function moved({ rows }: State, cursor: string | undefined, by: number): string | undefined {
  const ids = [...rows.keys()].sort();
  return cursor === undefined ? undefined : ids[ids.indexOf(cursor) + by];
}

function unexpired(row: Row): Row {
  return { ...row, keepMs: Number.MAX_SAFE_INTEGER };
}

/** A store whose counts are right as long as nobody asks for some states only. */
function narrowed(
  name: string,
  change: (counts: QueueCounts["counts"], states: readonly JobState[]) => QueueCounts["counts"],
): Saboteur {
  return sabotage(name, "counts", ({ input: [states], correct }) => {
    const step = correct();
    if (states === undefined) return step;
    return { ...step, answer: step.answer.map((one) => ({ ...one, counts: change(one.counts, states) })) };
  });
}
