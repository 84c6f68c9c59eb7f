import type { Part } from "./row.ts";
import { QUEUES } from "./tables.ts";
import { answerTo } from "./transaction.ts";

export type Counts = Partial<Record<Part, number>>;
/** A queue, with the number of its rows of each part. */
export type QueueRow = {
  readonly queue: string;
  readonly paused: boolean;
  /** The end of a pause that ends by itself. */
  readonly pausedUntil?: number | undefined;
  readonly counts: Readonly<Counts>;
};

/** What every verb works on. */
export type View = {
  readonly tx: IDBTransaction;
  readonly now: number;
  /** All queues that have rows or are paused, as they were when the transaction began. */
  readonly queues: ReadonlyMap<string, QueueRow>;
};

export function isPaused(queue: QueueRow | undefined, now: number): boolean {
  return queue !== undefined && (queue.paused || (queue.pausedUntil ?? 0) > now);
}

/** Reads the clock once the transaction's turn has come: others may have held it up. */
export async function openView(tx: IDBTransaction, clock: () => number): Promise<View> {
  const rows = await answerTo<QueueRow[]>(tx.objectStore(QUEUES).getAll());
  return { tx, now: clock(), queues: new Map(rows.map((row) => [row.queue, row])) };
}
