import type { Row, State } from "@longshore/conformance/tools";
import type { JobState, QueueCounts } from "@longshore/core/adapter";
import { type Saboteur, mapRows, replaceVerb, saboteur, sabotage } from "./saboteur.ts";

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
  sabotage("ignores the name that a list asks for", "list", ({ input: [{ name: _name, ...request }], correct }) =>
    correct(undefined, [request]),
  ),
  sabotage(
    "lists names that only begin as the one that is asked for",
    "list",
    ({ state, input: [request], correct }) => {
      const { name, ...rest } = request;
      if (name === undefined) return correct();
      const step = correct(undefined, [{ ...rest, limit: Number.MAX_SAFE_INTEGER }]);
      return { ...step, state, answer: { jobs: step.answer.jobs.filter((job) => job.name.startsWith(name)) } };
    },
  ),
  sabotage("lists the first of several states only", "list", ({ input: [request], correct }) => {
    const { state } = request;
    return correct(undefined, [typeof state === "object" ? { ...request, state: state.slice(0, 1) } : request]);
  }),
  sabotage("lists all states where none is asked for", "list", ({ input: [request], correct }) =>
    correct(undefined, [request.state?.length === 0 ? { ...request, state: undefined } : request]),
  ),
  sabotage("lists in one direction only", "list", ({ input: [{ descending: _descending, ...request }], correct }) =>
    correct(undefined, [request]),
  ),
  sabotage(
    "turns each page around where a list descends",
    "list",
    ({ input: [{ descending, ...request }], correct }) => {
      const step = correct(undefined, [request]);
      if (!descending) return step;
      return { ...step, answer: { ...step.answer, jobs: [...step.answer.jobs].reverse() } };
    },
  ),
  sabotage("shows the job of the cursor again where a list descends", "list", ({ state, input: [request], correct }) =>
    correct(undefined, [request.descending ? { ...request, cursor: moved(state, request.cursor, 1) } : request]),
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
  sabotage("counts a queue that has no jobs", "counts", ({ correct }) => {
    const step = correct();
    const isListed = step.answer.some(({ queue }) => queue === "mail");
    return isListed ? step : { ...step, answer: [...step.answer, { queue: "mail", paused: false, counts: {} }] };
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
