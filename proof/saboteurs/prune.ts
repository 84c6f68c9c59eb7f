import type { Row } from "@longshore/conformance/tools";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

export const pruneSaboteurs: readonly Saboteur[] = [
  sabotage("prunes what waits for long", "prune", ({ now, correct }) => {
    const step = correct();
    const old = (row: Row): boolean => row.ended === undefined && now - row.enqueuedAt > 86_400_000;
    return { ...step, state: mapRows(step.state, (row) => (old(row) ? undefined : row)) };
  }),
  sabotage("prunes what is not kept, running or not", "prune", ({ correct }) => {
    const step = correct();
    return { ...step, state: mapRows(step.state, (row) => (row.keepMs === 0 ? undefined : row)) };
  }),
  sabotage("prunes dead letters as if they were completed", "prune", ({ now, correct }) => {
    const step = correct();
    const over = (row: Row): boolean => row.ended === "dead" && now >= row.dueAt + row.keepMs;
    return { ...step, state: mapRows(step.state, (row) => (over(row) ? undefined : row)) };
  }),
  sabotage("prunes completed jobs before their time", "prune", ({ correct }) => {
    const step = correct();
    return { ...step, state: mapRows(step.state, (row) => (row.ended === "completed" ? undefined : row)) };
  }),
  sabotage("prunes nothing", "prune", ({ state }) => ({ state, answer: [] })),
  sabotage("prunes dead letters without a word", "prune", ({ correct }) => ({ ...correct(), answer: [] })),
  sabotage("tells of pruned jobs that were completed, too", "prune", ({ state, now, correct }) => {
    const step = correct();
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
  sabotage("prunes without a limit", "prune", ({ correct }) => correct(undefined, [Number.MAX_SAFE_INTEGER])),
  sabotage("tells of a pruned job again and again", "prune", ({ state, correct }) => ({ ...correct(), state })),
];
