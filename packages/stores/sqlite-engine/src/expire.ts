import { expiredAfter, recordFailure } from "@longshore/core/adapter";
import { endRow } from "./ending.ts";
import { patienceOf } from "./expiry.ts";
import { failuresOf } from "./job.ts";
import type { StoreState } from "./state.ts";
import type { WaitingRow } from "./row.ts";

/** Ends the jobs that a claim found too late. */
export function expire(state: StoreState, late: readonly WaitingRow[], now: number): void {
  for (const { id, about } of late) {
    const row = state.tables.find(id, now);
    const patience = patienceOf(about);
    if (row === undefined || patience === undefined) continue;
    state.lanes.leave(id, about, false);
    const failures = recordFailure(failuresOf(row), expiredAfter(patience.startWithinMs, now));
    endRow(state, { ...row, failures: JSON.stringify(failures) }, "cancelled", now);
  }
}
