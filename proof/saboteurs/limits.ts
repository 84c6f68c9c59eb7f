import type { Row, State, StoreVerb } from "@longshore/conformance/tools";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** A verb that sees the rows otherwise. */
function seeing(name: string, verb: StoreVerb, change: (row: Row, now: number) => Row): Saboteur {
  return sabotage(name, verb, ({ state, now, correct }) => correct(mapRows(state, (row) => change(row, now))));
}

/** A verb after which the rows with limits are changed. `before`: the row before the call. */
function leaving(name: string, verb: StoreVerb, change: (row: Row, before: Row | undefined) => Row): Saboteur {
  return sabotage(name, verb, ({ state, correct }) => {
    const step = correct();
    const rows = mapRows(step.state, (row) =>
      row.limits === undefined ? row : change(row, state.rows.get(row.data.id)),
    );
    return { ...step, state: rows };
  });
}

const isParked = ({ turn }: Row): boolean => turn === "parked";
const unlimited = (row: Row): Row => ({ ...row, limits: undefined, turn: undefined });

/** One that this step let through still waits. */
const forgotten = (row: Row, before: Row | undefined): Row =>
  row.turn === "ready" && before !== undefined && isParked(before) ? before : row;

function withoutNumber(row: Row): Row {
  const { queue: _queue, ...limits } = row.limits ?? {};
  return row.leased ? { ...row, limits } : row;
}

export const limitSaboteurs: readonly Saboteur[] = [
  sabotage("ignores limits", "enqueue", ({ input: [jobs], correct }) =>
    correct(undefined, [jobs.map(({ limits: _limits, ...job }) => job)]),
  ),
  sabotage("limits each job's key by itself", "enqueue", ({ input: [jobs], correct }) =>
    correct(undefined, [jobs.map((job) => (job.limits ? { ...job, limits: { ...job.limits, key: job.id } } : job))]),
  ),
  sabotage("has one key for all limits", "enqueue", ({ input: [jobs], correct }) =>
    correct(undefined, [jobs.map((job) => (job.limits?.key ? { ...job, limits: { ...job.limits, key: "k" } } : job))]),
  ),
  leaving("keeps the place of a job that is dead", "settle", (row) =>
    row.ended === "dead" ? { ...row, leased: true } : row,
  ),
  leaving("keeps the place of a job that waits for its retry", "settle", (row, before) =>
    before?.leased && row.failures.length > before.failures.length && row.ended === undefined
      ? { ...row, leased: true }
      : row,
  ),
  leaving("keeps the place of a job that is cancelled", "cancel", (row) =>
    row.ended === "cancelled" ? { ...row, leased: true } : row,
  ),
  leaving("lets nobody through when a run ends", "settle", forgotten),
  leaving("lets nobody through when a job is cancelled", "cancel", forgotten),
  leaving("lets nobody through when a job is removed", "remove", forgotten),
  leaving("serves a key to its end before the next", "claim", (row, before) =>
    row.turn === "ready" && before !== undefined && isParked(before)
      ? { ...row, dueAt: before.dueAt, sequence: before.sequence }
      : row,
  ),
  seeing("hands out jobs that wait behind their key", "claim", (row) => (isParked(row) ? unlimited(row) : row)),
  seeing("starts a delayed job whatever runs of its key", "claim", (row) =>
    row.limits?.key !== undefined && row.turn === undefined && !row.leased ? unlimited(row) : row,
  ),
  seeing("takes a queue's number for that of each claim", "claim", withoutNumber),
  seeing("renews a lease whose place another job has", "renew", unlimited),
  seeing("makes a worker come for jobs that wait behind their key", "dueInMs", (row) =>
    isParked(row) ? unlimited(row) : row,
  ),
  seeing("makes a worker come to a queue that is full", "dueInMs", withoutNumber),
  seeing("shows who waits behind a key as enqueued", "get", (row) => (isParked(row) ? unlimited(row) : row)),
  seeing("runs a blocked job at once", "runNow", (row, now) =>
    isParked(row) ? { ...unlimited(row), dueAt: now + 1 } : row,
  ),
  leaving("replays a job without its limits", "replay", (row, before) =>
    before?.ended === undefined ? row : unlimited(row),
  ),
  sabotage("forgets limits when its process ends", "claim", ({ state, correct }) => correct(forgetful(state))),
];

/** The leases of limited jobs do not count. */
function forgetful(state: State): State {
  return mapRows(state, (row) => (row.leased && row.limits ? { ...row, limits: {} } : row));
}
