import { type Ordered, createOrdered } from "./ordered.ts";
import type { Row } from "./row.ts";

/** One queue's rows that are not running, ordered by priority, then due time, then enqueue. */
export type Waiting = {
  /** Adds a row, due at its `key`. */
  push(row: Row, now: number): void;
  remove(row: Row): void;
  /** The first due row. `ageMs`: of its wait, what counts as a level of priority. */
  first(now: number, ageMs?: number): Row | undefined;
  dueAt(): number;
};

/** Keeps one level per priority. */
export function createWaiting(): Waiting {
  /** Priorities that nobody used have none. */
  const levels: (Ordered<Row> | undefined)[] = [];
  const levelOf = ({ job: { priority } }: Row): Ordered<Row> => (levels[priority] ??= createOrdered<Row>());

  return {
    push(row, now) {
      row.location = "waiting";
      levelOf(row).push(row, row.key <= now);
    },
    remove(row) {
      levelOf(row).remove(row);
    },
    first(now, ageMs) {
      let found: Row | undefined;
      for (const level of levels) {
        const row = level?.first();
        if (row === undefined || row.key > now) continue;
        if (ageMs === undefined) return row;
        if (found === undefined || turnOf(row, ageMs) < turnOf(found, ageMs)) found = row;
      }
      return found;
    },
    dueAt() {
      return levels.reduce((earliest, level) => Math.min(earliest, level?.first()?.key ?? Infinity), Infinity);
    },
  };
}

function turnOf({ key, job: { priority } }: Row, ageMs: number): number {
  return key + priority * ageMs;
}
