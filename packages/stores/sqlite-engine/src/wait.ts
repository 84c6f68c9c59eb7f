import type { StoreState } from "./state.ts";
import type { Row } from "./tables.ts";

/** Makes the row wait again, after a lease, a delay or its end. */
export function wait({ tables, waiting }: StoreState, row: Row, due: number): void {
  const waits = { ...row, waiting: 1, due };
  tables.put(waits);
  waiting.add(waits);
}
