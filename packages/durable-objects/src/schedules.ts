import type { Advance, ScheduleRow } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { insertJobs } from "./enqueue.ts";

export function declare(books: Books, names: readonly string[], now: number): { now: number; rows: ScheduleRow[] } {
  const rows = names.map((name) => books.schedules.get(name) ?? save(books, name, { cursor: now }));
  return { now, rows };
}

export function advance(books: Books, { name, from, to, nextAt, job }: Advance, now: number): "fired" | "behind" {
  if (books.schedules.get(name)?.cursor !== from) return "behind";
  save(books, name, { cursor: to, nextAt });
  if (job !== undefined) insertJobs(books, [job], now);
  return "fired";
}

/**
 * After a tick: what was due before it and still is belongs to a schedule that no code declares any more, and must
 * not wake anybody again. Whoever declares it gives it a time again.
 */
export function silence(books: Books, before: number): void {
  for (const [name, { cursor, nextAt = Infinity }] of books.schedules) {
    if (nextAt <= before) save(books, name, { cursor });
  }
}

function save({ tables, schedules }: Books, name: string, row: ScheduleRow): ScheduleRow {
  schedules.set(name, row);
  tables.mark("schedules", [...schedules]);
  return row;
}
