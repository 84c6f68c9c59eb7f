import { createHeap, isBefore } from "@longshore/core/adapter";

import { createLinkedList } from "./linked-list.ts";
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

/**
 * Keeps one level per priority. Most rows are due and come after all others: they join a linked list, O(1) in and out.
 * The rest (delayed, retried, out of order) go to a heap, O(log n).
 */
export function createWaiting(): Waiting {
  const levels: Level[] = [];
  const levelOf = ({ job: { priority } }: Row): Level => (levels[priority] ??= newLevel());

  return {
    push(row, now) {
      const { list, heap } = levelOf(row);
      const comesLast = row.key <= now && (list.last === undefined || isBefore(list.last, row));
      row.location = comesLast ? "list" : "heap";
      if (comesLast) list.push(row);
      else heap.push(row);
    },
    remove(row) {
      const { list, heap } = levelOf(row);
      if (row.location === "list") list.remove(row);
      else heap.remove(row);
    },
    first(now, ageMs) {
      let found: Row | undefined;
      for (const level of levels) {
        const row = firstOf(level, now);
        if (row === undefined) continue;
        if (ageMs === undefined) return row;
        if (found === undefined || turnOf(row, ageMs) < turnOf(found, ageMs)) found = row;
      }
      return found;
    },
    dueAt() {
      let earliest = Infinity;
      for (const level of levels) {
        if (level === undefined) continue;
        earliest = Math.min(earliest, level.list.first?.key ?? Infinity, level.heap.first()?.key ?? Infinity);
      }
      return earliest;
    },
  };
}

type Level = ReturnType<typeof newLevel>;

/** The first due row of a level. Priorities that nobody used have none. */
function firstOf(level: Level | undefined, now: number): Row | undefined {
  if (level === undefined) return undefined;
  const early = level.heap.first();
  const head = level.list.first;
  if (early !== undefined && early.key <= now && (head === undefined || isBefore(early, head))) return early;
  // It was due when it joined, but the clock may have been set back since.
  return head !== undefined && head.key <= now ? head : undefined;
}

function turnOf({ key, job: { priority } }: Row, ageMs: number): number {
  return key + priority * ageMs;
}

function newLevel() {
  return { list: createLinkedList<Row>(), heap: createHeap<Row>() };
}
