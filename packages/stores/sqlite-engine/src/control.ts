import type { ControlAnswer, JobRef } from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { stateAt } from "./job.ts";
import { withPatience } from "./expiry.ts";
import { hasTurn } from "./limits.ts";
import { letThrough } from "./let-through.ts";
import { endForChildren, revive } from "./children.ts";
import { endRow } from "./ending.ts";
import { leaveKey, takeKey } from "./key-moves.ts";
import type { HeldLease } from "./leases.ts";
import { wait } from "./wait.ts";
import type { Row } from "./row.ts";

/** What an operator does to a row. Returns false and does nothing if the row's state does not allow it. */
type Operation = (state: StoreState, row: Row, lease: HeldLease | undefined, now: number) => boolean;

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

const OPERATIONS: Readonly<Record<ControlVerb, Operation>> = {
  cancel(state, row, lease, now) {
    if (row.ended !== null) return false;
    state.lanes.leave(row.id, row.about, lease !== undefined);
    const ended = lease === undefined ? row : { ...row, token: -lease.token, attempt: lease.attempt };
    // The worker must hear of the cancellation, even if the job is not kept.
    endRow(state, ended, "cancelled", now, lease?.due);
    leave(state, row, lease);
    return true;
  },
  replay(state, row, _lease, now) {
    if (row.ended === null || row.ended === "completed") return false;
    const again = takeKey(state, row, now);
    if (again === undefined) return false;
    revive(state, again, now);
    return true;
  },
  runNow(state, row, lease, now) {
    if (row.ended !== null || lease !== undefined || row.waiting === 0 || row.due <= now) return false;
    // The one that its rate lets start later gives up its turn.
    state.lanes.leave(row.id, row.about, false);
    wait(state, withPatience({ ...row, due: now }, now), now, now, hasTurn(row));
    leave(state, row, lease);
    return true;
  },
  remove(state, row, lease, now) {
    if (lease !== undefined && lease.due > now) return false;
    if (row.ended === null) {
      state.lanes.leave(row.id, row.about, lease !== undefined);
      state.depths.add(row.queue, -1);
    }
    leaveKey(state, row, now);
    state.tables.erase(row.id);
    leave(state, row, lease);
    state.families.waiting.delete(row.id);
    if (row.ended === null) endForChildren(state, { ...row, how: "removed" }, now);
    return true;
  },
};

export function control(state: StoreState, verb: ControlVerb, refs: readonly JobRef[], now: number): ControlAnswer[] {
  return refs.map(({ id }) => {
    const row = state.tables.find(id, now);
    const lease = state.leases.held.get(id);
    if (row === undefined) return { status: "gone" };
    if (!OPERATIONS[verb](state, row, lease, now)) return { status: "refused", state: stateAt(row, lease, now) };
    letThrough(state, now);
    return { status: "done" };
  });
}

/** Removes a row from the waiting jobs, or ends its lease. */
function leave({ leases, waiting }: StoreState, row: Row, lease: HeldLease | undefined): void {
  if (lease !== undefined) leases.end(row.id);
  else if (row.waiting === 1) waiting.leave(row);
}
