import { type EnqueueAnswer, type NewJob, dueInstant } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { lease, nextQueues } from "./claim.ts";
import { stateAt } from "./job.ts";
import { placesAt } from "./places.ts";
import type { Row } from "./tables.ts";
import { byPriority } from "./waiting.ts";

/**
 * Inserts jobs. One that may start at once is born with its lease and never enters the index; it waits like the
 * others where there is no place, or where somebody waits for one already.
 */
export function insertJobs(books: Books, jobs: readonly NewJob[], now: number): EnqueueAnswer[] {
  const { tables, leases, waiting } = books;
  const created = new Map<string, Row>();
  const answers = jobs.map((job): EnqueueAnswer => {
    const standing = created.get(job.id) ?? tables.find(job.id, now);
    if (standing !== undefined) {
      return { status: "duplicate", state: stateAt(standing, leases.held.get(job.id), now) };
    }
    created.set(job.id, newRow(job, books, now));
    return { status: "created" };
  });

  const starting = new Set(startable(books, [...created.values()], now));
  for (const row of created.values()) {
    const waits = !starting.has(row);
    tables.put(waits ? row : { ...row, waiting: 0 });
    if (waits) waiting.add(row);
    books.stats?.enqueued(row, now);
  }
  const candidates = [...starting].map((row) => ({ ...row, row }));
  for (const job of lease(books, candidates, books.options.leaseMs, now)) books.starter?.begun.set(job.token, job);
  return answers;
}

function startable(books: Books, rows: readonly Row[], now: number): readonly Row[] {
  if (books.starter === undefined) return [];
  const places = placesAt(books, now);
  // Looked for only while there is a place that could be theirs.
  if (places.free <= 0 || nextQueues(books, places, now, 1).length > 0) return [];
  const due = rows.filter((row) => row.due <= now && !books.paused.has(row.queue));
  return due.sort(byPriority).filter(({ queue }) => {
    const starts = places.startable(queue) > 0;
    if (starts) places.begin(queue);
    return starts;
  });
}

function newRow(
  { id, queue, priority, payload, due, keepMs, ...about }: NewJob,
  { tables, leases }: Books,
  now: number,
): Row {
  return {
    id,
    queue,
    priority,
    waiting: 1,
    due: dueInstant(due, now, 1),
    seq: tables.next(),
    ended: null,
    expires: null,
    attempt: 0,
    token: -leases.newest - 0.5,
    born: now,
    keep: keepMs,
    about: JSON.stringify(about),
    snoozed: null,
    failures: null,
    result: null,
    payload,
  };
}
