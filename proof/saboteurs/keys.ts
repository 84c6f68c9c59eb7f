import type { Row, State } from "@longshore/conformance/tools";
import type { NewJob, Unique } from "@longshore/core/adapter";
import { type Saboteur, type Step, mapRows, sabotage } from "./saboteur.ts";

/** An enqueue that sees other keys than it was given. */
function given(name: string, change: (unique: Unique, job: NewJob) => Unique | undefined): Saboteur {
  return sabotage(name, "enqueue", ({ input: [jobs], correct }) =>
    correct(undefined, [
      jobs.map((job) => (job.unique === undefined ? job : { ...job, unique: change(job.unique, job) })),
    ]),
  );
}

/** An enqueue after which the rows with a key are changed. `before`: the row before the call, if there was one. */
function afterwards(name: string, change: (row: Row, before: Row | undefined) => Row | undefined): Saboteur {
  return sabotage(name, "enqueue", ({ state, correct }) => {
    const step = correct();
    const rows = mapRows(step.state, (row) =>
      row.unique === undefined ? row : change(row, state.rows.get(row.data.id)),
    );
    return { ...step, state: rows };
  });
}

/** An enqueue that answers keyed jobs otherwise. */
function answering(
  name: string,
  answer: (told: Step<"enqueue">["answer"][number]) => Step<"enqueue">["answer"][number],
): Saboteur {
  return sabotage(name, "enqueue", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map(answer) };
  });
}

/** A settlement of this kind, for which the rows with keys are seen otherwise, before or after. */
function settling(
  name: string,
  { before = (row) => row, after = (row) => row }: { before?: (row: Row) => Row; after?: (row: Row) => Row },
): Saboteur {
  return sabotage(name, "settle", ({ state, correct }) => {
    const step = correct(mapRows(state, before));
    return { ...step, state: mapRows(step.state, after) };
  });
}

const isBehind = ({ place }: Row): boolean => place === "behind";
const dead = (row: Row): boolean => row.ended === "dead";

/** Whether whoever waits behind a key was there before, and holds it now. */
function wasBehind(state: State, row: Row): boolean {
  return row.place === "holds" && state.rows.get(row.data.id)?.place === "behind";
}

export const keySaboteurs: readonly Saboteur[] = [
  given("ignores unique keys", () => undefined),
  given("takes each key for one of a single job name", (unique, { id }) => ({ ...unique, key: `${unique.key}${id}` })),
  given("writes keys in small letters", (unique) => ({ ...unique, key: unique.key.toLowerCase() })),
  given("keeps whatever should be replaced", (unique) => ({ ...unique, on: "keep" })),
  given("replaces whatever should be kept", (unique) => ({
    ...unique,
    on: unique.on === "keep" ? "replace" : unique.on,
  })),
  given("frees a key at its job's end, whatever its time", ({ forMs: _forMs, ...unique }) => unique),
  given("holds every key for a day", (unique) => ({ ...unique, forMs: 86_400_000 })),
  given("lets a debounce wait for ever", ({ maxWaitMs: _maxWaitMs, ...unique }) => unique),
  given("counts the delay of a debounce once", (unique) =>
    unique.on === "debounce" ? { ...unique, maxWaitMs: 10_000 } : unique,
  ),
  answering("does not say which job holds the key", (told) =>
    told.status === "duplicate" ? { status: "duplicate", state: told.state } : told,
  ),
  answering("calls a replaced job a duplicate", (told) =>
    told.status === "replaced" ? { status: "duplicate", state: "enqueued", id: told.id } : told,
  ),
  answering("calls a job that waits behind another created", (told) =>
    told.status === "queued_behind" ? { status: "created" } : told,
  ),
  sabotage("refuses a batch in which one key is taken", "enqueue", ({ state, correct }) => {
    const step = correct();
    return step.answer.some((told) => told.status === "duplicate" && told.id !== undefined) ? { ...step, state } : step;
  }),
  afterwards("replaces a job and keeps its attempts", (row, before) =>
    before !== undefined && before.from !== row.from ? { ...row, attempt: before.attempt } : row,
  ),
  afterwards("replaces a job and keeps its payload", (row, before) =>
    before !== undefined && before.from !== row.from
      ? { ...row, data: { ...row.data, payload: before.data.payload } }
      : row,
  ),
  afterwards("replaces a job and keeps its due time", (row, before) =>
    before !== undefined && before.from !== row.from ? { ...row, dueAt: before.dueAt } : row,
  ),
  afterwards("replaces a job and forgets its failures", (row, before) =>
    before !== undefined && before.from !== row.from ? { ...row, failures: [] } : row,
  ),
  afterwards("replaces a job and gives it the id of the enqueue", (row, before) =>
    before !== undefined && before.from !== row.from ? { ...row, data: { ...row.data, id: row.from } } : row,
  ),
  afterwards("loses an update during a run", (row, before) =>
    isBehind(row) && before === undefined ? undefined : row,
  ),
  afterwards("keeps the first of several updates during a run", (row, before) =>
    isBehind(row) && before !== undefined ? before : row,
  ),
  afterwards("starts an update beside the run", (row) => (isBehind(row) ? { ...row, place: undefined } : row)),
  afterwards("debounces again when a call is repeated", (row) => ({ ...row, from: "nobody" })),
  settling("frees a key only if its job was completed", {
    after: (row) => (dead(row) && row.unique ? { ...row, place: "holds", until: Number.MAX_SAFE_INTEGER } : row),
  }),
  settling("frees a key when its job waits for a retry", {
    after: (row) => (row.place === "holds" && row.attempt > 0 && !row.leased ? { ...row, place: undefined } : row),
  }),
  sabotage(
    "lets who waits behind a job start when that one waits for its retry",
    "settle",
    ({ input: [all], correct }) => {
      const step = correct();
      const retried = all.some(({ outcome }) => outcome.type === "retry");
      return {
        ...step,
        state: mapRows(step.state, (row) => (retried && isBehind(row) ? { ...row, place: undefined } : row)),
      };
    },
  ),
  sabotage("forgets who waits behind a job that dies", "settle", ({ state, input: [all], correct }) => {
    const step = correct();
    const died = all.some(({ outcome }) => outcome.type === "dead");
    return {
      ...step,
      state: mapRows(step.state, (row) => (died && wasBehind(state, row) ? { ...row, place: "behind" } : row)),
    };
  }),
  sabotage("forgets who waits behind a job that is cancelled", "cancel", ({ state, correct }) => {
    const step = correct();
    return {
      ...step,
      state: mapRows(step.state, (row) => (wasBehind(state, row) ? { ...row, place: "behind" } : row)),
    };
  }),
  sabotage("starts who waits behind a cancelled job beside its run", "cancel", ({ state, now, correct }) => {
    const step = correct();
    return { ...step, state: mapRows(step.state, (row) => (wasBehind(state, row) ? { ...row, dueAt: now } : row)) };
  }),
  sabotage("replays a job whose key another one has", "replay", ({ state, input: [refs], correct }) => {
    const ids = new Set(refs.map(({ id }) => id));
    // As if it had no key.
    const bare = mapRows(state, (row) => (ids.has(row.data.id) && row.unique ? { ...row, unique: undefined } : row));
    return correct(bare);
  }),
  sabotage("replays a job without its key", "replay", ({ input: [refs], correct }) => {
    const step = correct();
    const ids = new Set(refs.map(({ id }) => id));
    return {
      ...step,
      state: mapRows(step.state, (row) => (ids.has(row.data.id) ? { ...row, place: undefined } : row)),
    };
  }),
  sabotage("says that a key is released, and keeps it", "release", ({ state, correct }) => ({ ...correct(), state })),
  sabotage("cancels the job whose key is released", "release", ({ state, now, correct }) => {
    const step = correct();
    return {
      ...step,
      state: mapRows(step.state, (row) =>
        row.place === undefined && state.rows.get(row.data.id)?.place === "holds"
          ? { ...row, ended: "cancelled", leased: false, dueAt: now }
          : row,
      ),
    };
  }),
  sabotage("releases a key and forgets who waits behind it", "release", ({ state, correct }) => {
    const step = correct();
    return {
      ...step,
      state: mapRows(step.state, (row) => (wasBehind(state, row) ? { ...row, place: "behind" } : row)),
    };
  }),
  sabotage("hands out who waits behind another", "claim", ({ state, correct }) =>
    correct(mapRows(state, (row) => (isBehind(row) ? { ...row, place: undefined } : row))),
  ),
  sabotage("makes a worker wait for who waits behind another", "dueInMs", ({ state, correct }) =>
    correct(mapRows(state, (row) => (row.place === "holds" ? { ...row, dueAt: row.dueAt + 1_000 } : row))),
  ),
  sabotage("shows who waits behind another as enqueued", "get", ({ state, correct }) =>
    correct(mapRows(state, (row) => (isBehind(row) ? { ...row, place: undefined } : row))),
  ),
  sabotage("does not tell a job's key", "get", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((row) => row && { ...row, uniqueKey: undefined }) };
  }),
];
