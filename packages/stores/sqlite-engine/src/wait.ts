import { inLane, isOrdered, laneOf, limitsOf } from "./limits.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";

/**
 * Makes the row wait again, after a lease, a delay or its end. One that is due waits behind the key of its limit.
 * `hasTurn`: it ran, or could start, and an ordered one goes on standing before the others with its key.
 */
export function wait(
  { tables, waiting, lanes }: StoreState,
  row: Row,
  due: number,
  now: number,
  hasTurn = false,
): void {
  const key = hasTurn && isOrdered(row.about) ? limitsOf(row.about)?.key : undefined;
  if (key !== undefined) {
    const first = { ...inLane({ ...row, due }, key), waiting: 1 };
    tables.put(first);
    waiting.add(first);
    return lanes.makeReady(key, row.id);
  }
  const lane = laneOf({ ...row, due }, now);
  const waits = inLane({ ...row, due }, lane);
  tables.put(waits);
  if (lane === undefined) waiting.add(waits);
  else lanes.changed.add(lane);
}
