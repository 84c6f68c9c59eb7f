import type { NewJob } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

const free = ({ ordered: _ordered, ...limits }: NonNullable<NewJob["limits"]>) => limits;

export const inOrderSaboteurs: readonly Saboteur[] = [
  sabotage(
    "lets others pass the first of an ordered key while it waits for its retry",
    "enqueue",
    ({ state, input: [jobs], correct }) =>
      correct(state, [jobs.map((job) => (job.limits ? { ...job, limits: free(job.limits) } : job))]),
  ),
  sabotage("lets a job of an ordered key that was delayed start beside the first", "claim", ({ state, correct }) =>
    correct(
      mapRows(state, (row) =>
        row.turn === undefined && row.limits?.ordered ? { ...row, limits: free(row.limits) } : row,
      ),
    ),
  ),
  sabotage("holds up an ordered key for a dead job", "settle", ({ input: [settlements], correct }) => {
    const step = correct();
    const key = step.answer.flatMap((answer, i) => {
      const { id = "", outcome } = settlements[i] ?? {};
      const limits = step.state.rows.get(id)?.limits;
      return answer === "accepted" && outcome?.type === "dead" && limits?.ordered ? [limits.key] : [];
    });
    const held = (row: { limits: NewJob["limits"] }) => key.includes(row.limits?.key) && key.length > 0;
    return {
      ...step,
      state: mapRows(step.state, (row) => (held(row) && row.turn === "ready" ? { ...row, turn: "parked" } : row)),
    };
  }),
  sabotage("starts two of an ordered key at a time", "enqueue", ({ state, input: [jobs], correct }) =>
    correct(state, [
      jobs.map((job) => (job.limits?.ordered ? { ...job, limits: { ...job.limits, running: 2 } } : job)),
    ]),
  ),
  sabotage("lets others pass the first of an ordered key that an update puts off", "update", ({ state, correct }) =>
    correct(mapRows(state, (row) => (row.limits?.ordered && row.turn === "ready" ? { ...row, turn: undefined } : row))),
  ),
];
