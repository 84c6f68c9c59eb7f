import { type Row, stateAt } from "@longshore/conformance/tools";
import type { Change } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** An update after which the rows for which it was done are changed. */
function after(name: string, change: (row: Row, before: Row) => Row): Saboteur {
  return sabotage(name, "update", ({ state, input: [changes], correct }) => {
    const step = correct();
    const done = new Set(changes.filter((_, i) => step.answer[i]?.status === "done").map(({ id }) => id));
    const changed = mapRows(step.state, (row) => {
      const before = state.rows.get(row.data.id);
      return done.has(row.data.id) && before !== undefined ? change(row, before) : row;
    });
    return { ...step, state: changed };
  });
}

/** An update that takes a job in this state for one that waits. */
function allowing(
  name: string,
  wrong: "active" | "stalled" | "completed",
  as: (row: Row, now: number) => Row,
): Saboteur {
  return sabotage(name, "update", ({ state, input: [changes], now, correct }) => {
    const named = new Set(changes.map(({ id }) => id));
    return correct(
      mapRows(state, (row) => (named.has(row.data.id) && stateAt(row, now) === wrong ? as(row, now) : row)),
    );
  });
}

const changed = (changes: readonly Change[], part: (one: Change) => Partial<Change>): [readonly Change[]] => [
  changes.map((one) => ({ ...one, ...part(one) })),
];

export const updateSaboteurs: readonly Saboteur[] = [
  after("an update says that it was done, and does nothing", (_row, before) => before),
  after("an update keeps the headers, and so the version of the schema, of the input before", (row, before) => ({
    ...row,
    data: { ...row.data, headers: before.data.headers },
  })),
  after("an update starts the attempts from zero", (row) => ({ ...row, attempt: 0 })),
  after("an update starts the age from zero", (row, before) => ({
    ...row,
    enqueuedAt: Math.max(row.dueAt, before.dueAt),
  })),
  after("an update forgets why the job was snoozed", (row) => ({ ...row, snoozed: undefined })),
  after("an update makes the job the last of its priority", (row) => ({ ...row, sequence: row.sequence + 1_000_000 })),
  allowing("an update takes a job from its worker", "active", (row) => ({ ...row, leased: false })),
  allowing("an update takes a job from a slow worker", "stalled", (row) => ({ ...row, leased: false })),
  allowing("an update brings a job back that has ended", "completed", (row) => ({ ...row, ended: undefined })),
  sabotage("an update changes jobs of another name", "update", ({ state, input: [changes], correct }) =>
    correct(
      state,
      changed(changes, ({ id, name }) => ({ name: state.rows.get(id)?.data.name ?? name })),
    ),
  ),
  sabotage("an update leaves the due time", "update", ({ state, input: [changes], correct }) =>
    correct(
      state,
      changed(changes, () => ({ due: undefined })),
    ),
  ),
  sabotage("an update leaves the priority", "update", ({ state, input: [changes], correct }) =>
    correct(
      state,
      changed(changes, () => ({ priority: undefined })),
    ),
  ),
];
