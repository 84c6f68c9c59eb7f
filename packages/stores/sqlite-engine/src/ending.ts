import type { TerminalState } from "@longshore/core/adapter";
import { endForChildren } from "./children.ts";
import { familyOf, hasChildren, withFamily } from "./family.ts";
import { leaveKey } from "./key-moves.ts";
import { inLane } from "./limits.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";

/** Ends a row. A row that is not kept is deleted at once; a dead one is always kept. */
export function endRow(
  state: StoreState,
  ending: Row,
  ended: TerminalState,
  now: number,
  /** Of a cancelled job: when its lease would have ended. */
  leasedUntil: number = now,
): void {
  const { tables } = state;
  // Whoever waits behind a cancelled job starts when its worker has surely learned of it.
  const { row, heldMs } = leaveKey(state, ending, now, Math.max(now, leasedUntil));
  const keepMs = Math.max(row.keep, leasedUntil - now, heldMs);
  const { after } = familyOf(row.about);
  state.families.waiting.delete(row.id);
  state.depths.add(row.queue, -1);
  if (ended !== "dead" && keepMs <= 0 && !hasChildren(row.about)) return tables.erase(row.id);
  const last = after?.waits ? withFamily(row, { after: { ...after, waits: undefined } }) : row;
  tables.put({
    ...inLane(last, undefined),
    waiting: 0,
    ended,
    due: now,
    expires: ended === "dead" ? null : now + keepMs,
  });
  if (hasChildren(row.about)) endForChildren(state, { ...row, how: ended }, now, Math.max(now, leasedUntil));
}
