import { inLane, laneOf } from "./limits.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./tables.ts";

/** Makes the row wait again, after a lease, a delay or its end. One that is due waits behind the key of its limit. */
export function wait({ tables, waiting, lanes }: StoreState, row: Row, due: number, now: number): void {
  const lane = laneOf({ ...row, due }, now);
  const waits = inLane({ ...row, due }, lane);
  tables.put(waits);
  if (lane === undefined) waiting.add(waits);
  else lanes.changed.add(lane);
}
