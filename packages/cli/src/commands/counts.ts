import { STATES } from "../filter.ts";
import type { Work } from "../command.ts";
import { need } from "../target.ts";

/** The number of jobs by queue and state. */
export const counts: Work<object> = async ({ target, output }) => {
  const all = [...(await need(target, "counts")())].sort((a, b) => (a.queue < b.queue ? -1 : 1));
  if (output.json) return output.value(all);
  if (all.length === 0) return output.note("There are no jobs.");
  const states = STATES.filter((state) => all.some(({ counts: some }) => (some[state] ?? 0) > 0));
  output.table(
    [{ head: "QUEUE" }, { head: "PAUSED" }, ...states.map((state) => ({ head: state.toUpperCase() }))],
    all.map(({ queue, paused, counts: some }) => [
      queue,
      paused ? "paused" : "",
      ...states.map((state) => String(some[state] ?? 0)),
    ]),
  );
};
