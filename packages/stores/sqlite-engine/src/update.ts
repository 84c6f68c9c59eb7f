import { type Change, type ControlAnswer, dueInstant } from "@longshore/core/adapter";
import { withPatience } from "./expiry.ts";
import { stateAt } from "./job.ts";
import { keyOf } from "./stored-key.ts";
import { hasTurn } from "./limits.ts";
import { letThrough, parkedIn } from "./let-through.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";
import { wait } from "./wait.ts";

/** Changes jobs that have not begun. Behind the key of its limit, a job takes its turn anew. */
export function update(state: StoreState, changes: readonly Change[], now: number): ControlAnswer[] {
  return changes.map((change) => {
    const row = state.tables.find(change.id, now);
    if (row === undefined || JSON.parse(row.about).name !== change.name) return { status: "gone" };
    const lease = state.leases.held.get(row.id);
    if (lease !== undefined || row.ended !== null) return { status: "refused", state: stateAt(row, lease, now) };
    changeRow(state, row, change, now);
    letThrough(state, now);
    return { status: "done" };
  });
}

function changeRow(state: StoreState, row: Row, { data, priority = row.priority, due }: Change, now: number): void {
  const key = keyOf(row.about);
  const { payload = row.payload, headers } = data ?? {};
  const about = headers === undefined ? row.about : JSON.stringify({ ...JSON.parse(row.about), headers });
  const dueAt = due === undefined ? row.due : Math.max(dueInstant(due, now, 1), key?.unique.notBefore ?? 0);
  const made = { ...row, payload, about, priority, due: dueAt };
  const changed = due === undefined ? made : withPatience(made, now);
  // One that waits for other jobs to end is in no line.
  if (row.waiting === 0 && parkedIn(row) === undefined) return state.tables.put(changed);
  state.lanes.leave(row.id, row.about, false);
  wait(state, changed, dueAt, now, hasTurn(row));
  if (row.waiting === 1) state.waiting.leave(row);
}
