import { type Row, stateAt } from "@longshore/conformance/tools";
import type { JobState } from "@longshore/core/adapter";
import { type Saboteur, type Sabotaged, type Step, mapRows, sabotage } from "./saboteur.ts";

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
  after("runNow forgets why the job was snoozed", "runNow", (row) => ({ ...row, snoozed: undefined })),
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
    return {
      ...step,
      state: {
        ...step.state,
        paused: new Map([...step.state.paused, ...queues.map((queue) => [queue, Infinity] as const)]),
      },
    };
  }),
  sabotage("pauses nothing for a while", "pauseFor", ({ state }) => ({ state, answer: undefined })),
  sabotage("never ends a pause for a while", "pauseFor", ({ state, input: [queue] }) => ({
    state: { ...state, paused: new Map([...state.paused, [queue, Infinity]]) },
    answer: undefined,
  })),
  sabotage("ends a longer pause with a shorter one", "pauseFor", ({ state, input: [queue, forMs], now }) => ({
    state: { ...state, paused: new Map([...state.paused, [queue, now + forMs]]) },
    answer: undefined,
  })),
  sabotage("resumes only what has no end", "resume", ({ state, input: [queue], correct }) =>
    (state.paused.get(queue) ?? Infinity) < Infinity ? { state, answer: undefined } : correct(),
  ),
  sabotage("lets workers sleep past the end of a pause", "dueInMs", ({ state, correct }) =>
    correct({ ...state, paused: new Map([...state.paused.keys()].map((queue) => [queue, Infinity])) }),
  ),
  sabotage("makes workers come in a pause", "dueInMs", ({ state, correct }) =>
    correct({ ...state, paused: new Map([...state.paused].filter(([, until]) => until === Infinity)) }),
  ),
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
      state: { ...state, paused: new Map([...state.paused].filter(([one]) => one !== queue)) },
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
