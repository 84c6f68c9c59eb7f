import { type State, openIn } from "@longshore/conformance/tools";
import type { NewJob } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** An enqueue that sees other numbers than it was given. */
function given(name: string, maxDepth: (job: NewJob, state: State) => number | undefined): Saboteur {
  return sabotage(name, "enqueue", ({ state, input: [jobs], correct }) =>
    correct(state, [
      jobs.map((job) => (job.maxDepth === undefined ? job : { ...job, maxDepth: maxDepth(job, state) })),
    ]),
  );
}

/** How many jobs of its queue it does not count. */
const more = (
  { queue, maxDepth = 0 }: NewJob,
  state: State,
  such: (row: ReturnType<typeof openIn>[number]) => boolean,
): number => maxDepth + openIn(state, queue).filter(such).length;

export const depthSaboteurs: readonly Saboteur[] = [
  given("refuses no job of a full queue", () => undefined),
  given("lets one job too many into a queue", ({ maxDepth = 0 }) => maxDepth + 1),
  given("counts no job that runs", (job, state) => more(job, state, ({ leased }) => leased)),
  given("counts no job that was retried", (job, state) =>
    more(job, state, ({ attempt, leased }) => attempt > 0 && !leased),
  ),
  given(
    "counts the jobs of all queues together",
    ({ maxDepth = 0, queue }, { rows }) =>
      maxDepth - [...rows.values()].filter(({ data, ended }) => data.queue !== queue && ended === undefined).length,
  ),
  given(
    "counts jobs that have ended",
    ({ maxDepth = 0, queue }, { rows }) =>
      maxDepth - [...rows.values()].filter(({ data, ended }) => data.queue === queue && ended !== undefined).length,
  ),
  sabotage("refuses a job of a full queue without a reason", "enqueue", ({ correct }) => {
    const step = correct();
    return {
      ...step,
      answer: step.answer.map((one) => (one.status === "failed" ? { status: one.status, message: one.message } : one)),
    };
  }),
  sabotage("refuses a job that stands in a full queue", "enqueue", ({ state, input: [jobs], correct }) => {
    const step = correct();
    const answer = step.answer.map((one, i) => {
      const { queue = "", maxDepth = Infinity } = jobs[i] ?? {};
      const message = `the queue ${queue} is full`;
      if (one.status !== "duplicate" || openIn(state, queue).length < maxDepth) return one;
      return { status: "failed", reason: "full", message } as const;
    });
    return { ...step, answer };
  }),
  sabotage("enqueues the parents of a call that it refuses", "enqueue", ({ input: [jobs], state, correct }) => {
    const step = correct();
    const isRefused = step.answer.every((one) => one.status === "failed" && one.reason === "full");
    const parents = jobs.filter(({ after }) => after === undefined);
    if (!isRefused || parents.length === jobs.length) return step;
    return { ...step, state: correct(state, [parents]).state };
  }),
  sabotage("tells that a queue is empty", "depth", ({ state }) => ({ state, answer: { jobs: 0, waitedMs: 0 } })),
  sabotage(
    "tells how long the first has waited as if all were due",
    "depth",
    ({ state, now, input: [queue], correct }) => {
      const step = correct();
      const waits = openIn(state, queue).map(({ enqueuedAt }) => now - enqueuedAt);
      return { ...step, answer: { ...step.answer, waitedMs: Math.max(0, ...waits) } };
    },
  ),
  sabotage("counts the depth of all queues together", "depth", ({ state, correct }) => {
    const all = mapRows(state, (row) => ({ ...row, data: { ...row.data, queue: "default" } }));
    return { state, answer: { ...correct().answer, jobs: openIn({ rows: new Map(all.rows) }, "default").length } };
  }),
];
