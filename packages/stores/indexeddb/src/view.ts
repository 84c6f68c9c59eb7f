import type { QueueRow } from "./ledger.ts";
import { QUEUES } from "./tables.ts";
import { answerTo } from "./transaction.ts";

/** What a verb that only reads works on. */
export type View = {
  readonly tx: IDBTransaction;
  readonly now: number;
  /** All queues that have rows or are paused. */
  readonly queues: ReadonlyMap<string, QueueRow>;
};

/** Reads the clock once the transaction's turn has come. */
export async function openView(tx: IDBTransaction, clock: () => number): Promise<View> {
  const rows = await answerTo<QueueRow[]>(tx.objectStore(QUEUES).getAll());
  return { tx, now: clock(), queues: new Map(rows.map((row) => [row.queue, row])) };
}
