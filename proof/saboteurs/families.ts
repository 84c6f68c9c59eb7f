import type { Row } from "@longshore/conformance/tools";
import type { After, NewJob } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** An enqueue that sees other parents than it was given. */
function given(name: string, change: (after: After) => After | undefined): Saboteur {
  const changed = (job: NewJob): NewJob => (job.after === undefined ? job : { ...job, after: change(job.after) });
  return sabotage(name, "enqueue", ({ input: [jobs], correct }) => correct(undefined, [jobs.map(changed)]));
}

/** A verb after which the rows that had parents are changed. `before`: the row before the call. */
function afterwards(
  name: string,
  verb: "settle" | "cancel" | "remove" | "replay",
  change: (row: Row, before: Row) => Row,
): Saboteur {
  return sabotage(name, verb, ({ state, correct }) => {
    const step = correct();
    const rows = mapRows(step.state, (row) => {
      const before = state.rows.get(row.data.id);
      return row.after === undefined || before === undefined ? row : change(row, before);
    });
    return { ...step, state: rows };
  });
}

const isFreed = (row: Row, before: Row): boolean => before.waits && !row.waits && row.ended === undefined;
const isBuried = (row: Row, before: Row): boolean => before.waits && row.ended === "dead";

export const familySaboteurs: readonly Saboteur[] = [
  given("starts a job before its parents have ended", () => undefined),
  given("waits for the first of several parents only", ({ jobs, onFailed }) => ({ jobs: jobs.slice(0, 1), onFailed })),
  given("runs a job although its parent failed", ({ jobs }) => ({ jobs, onFailed: "run" })),
  given("buries a job that should run although its parent failed", ({ jobs }) => ({ jobs, onFailed: "dead" })),
  sabotage("enqueues the rest of a call that names an unknown parent", "enqueue", ({ input: [jobs], correct }) => {
    const step = correct();
    return step.answer.some(({ status }) => status === "failed")
      ? correct(undefined, [jobs.filter(({ after }) => after === undefined)])
      : step;
  }),
  afterwards("never starts a job whose parents have ended", "settle", (row, before) =>
    isFreed(row, before) ? before : row,
  ),
  afterwards("forgets the delay of a job whose parents have ended", "settle", (row, before) =>
    isFreed(row, before) ? { ...row, dueAt: Math.min(row.dueAt, before.enqueuedAt) } : row,
  ),
  afterwards("does not bury a job whose parent is dead", "settle", (row, before) =>
    isBuried(row, before) ? before : row,
  ),
  afterwards("buries a job without a reason", "settle", (row, before) =>
    isBuried(row, before) ? { ...row, failures: [] } : row,
  ),
  afterwards("does not reach the children of a cancelled job", "cancel", (row, before) =>
    isBuried(row, before) || isFreed(row, before) ? before : row,
  ),
  afterwards("does not reach the children of a removed job", "remove", (row, before) =>
    isBuried(row, before) || isFreed(row, before) ? before : row,
  ),
  afterwards("starts a child beside the cancelled run of its parent", "cancel", (row, before) =>
    isFreed(row, before) ? { ...row, dueAt: before.dueAt } : row,
  ),
  afterwards("does not revive what was dead with a replayed job", "replay", (row, before) =>
    before.buriedBy !== undefined && row.waits ? before : row,
  ),
  afterwards("starts revived children at once", "replay", (row) => ({ ...row, waits: false })),
  sabotage("starts a job twice whose parent is settled twice", "settle", ({ state, now, correct }) => {
    const step = correct();
    return step.answer.includes("repeated")
      ? {
          ...step,
          state: mapRows(state, (row) =>
            row.after !== undefined && row.ended === undefined ? { ...row, leased: false, dueAt: now } : row,
          ),
        }
      : step;
  }),
  sabotage("loses the results of parents", "get", ({ state, correct }) =>
    correct(
      mapRows(state, (row) =>
        [...state.rows.values()].some(({ after }) => after?.parents.some(({ serial }) => serial === row.serial))
          ? { ...row, result: undefined }
          : row,
      ),
    ),
  ),
  sabotage("keeps no parent longer than its own time", "settle", ({ state, correct }) => {
    const step = correct();
    const rows = new Map(step.state.rows);
    for (const [id, row] of rows) if (row.ended === "completed" && row.keepMs === 0) rows.delete(id);
    return { ...step, state: { ...step.state, rows: state.rows.size > 0 ? rows : step.state.rows } };
  }),
  sabotage("keeps parents for ever", "settle", ({ correct }) => {
    const step = correct();
    return {
      ...step,
      state: mapRows(step.state, (row) =>
        [...step.state.rows.values()].some(({ after }) => after?.parents.some(({ serial }) => serial === row.serial))
          ? { ...row, heldUntil: Number.MAX_SAFE_INTEGER }
          : row,
      ),
    };
  }),
  sabotage("does not tell how many jobs an end freed", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((one) => (typeof one === "object" ? "accepted" : one)) };
  }),
  sabotage("does not tell what a job comes after", "get", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((row) => row && { ...row, after: undefined }) };
  }),
  sabotage("starts a job whose parent found its unique key held", "enqueue", ({ input: [jobs], correct }) => {
    const step = correct();
    const held = new Set(jobs.filter((_, i) => step.answer[i]?.status === "duplicate").map(({ id }) => id));
    const isLeft = ({ after }: NewJob): boolean => after?.jobs.some(({ id }) => held.has(id)) ?? false;
    return jobs.some(isLeft)
      ? correct(undefined, [jobs.map((job) => (isLeft(job) ? { ...job, after: undefined } : job))])
      : step;
  }),
  sabotage("hands out a job that waits for its parents", "claim", ({ state, correct }) =>
    correct(mapRows(state, (row) => ({ ...row, waits: false }))),
  ),
];
