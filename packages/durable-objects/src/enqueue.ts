import { type EnqueueAnswer, type NewJob, dueInstant } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { claimedJob, stateAt } from "./job.ts";
import type { Row } from "./tables.ts";
import { isBefore } from "./waiting.ts";

/**
 * Inserts jobs. One that may start at once is born with its lease and never enters the index; it waits like the
 * others where there is no room, or where somebody of its queue is due already.
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
    tables.insert(waits ? row : { ...row, waiting: 0 });
    if (waits) waiting.add(row);
  }
  if (starting.size > 0) {
    const rows = [...starting];
    const held = leases.take(
      rows.map((row) => ({ row, attempt: 1 })),
      now + books.options.leaseMs,
    );
    books.starter?.begin(held.flatMap((lease, i) => claimedJob(rows[i] as Row, lease, undefined, now))); // one for each
  }
  return answers;
}

function startable({ starter, waiting, leases, paused }: Books, rows: readonly Row[], now: number): readonly Row[] {
  const room = rows.length > 0 ? (starter?.room() ?? 0) : 0;
  if (room === 0) return [];
  const busy = new Set(paused);
  for (const [queue, heads] of waiting.heads) if (heads.some(({ due }) => due <= now)) busy.add(queue);
  for (const { queue, until } of leases.held.values()) if (until <= now) busy.add(queue);
  return rows
    .filter(({ queue, due }) => due <= now && !busy.has(queue))
    .sort((a, b) => a.priority - b.priority || (isBefore(a, b) ? -1 : 1))
    .slice(0, room);
}

function newRow(job: NewJob, { tables, leases }: Books, now: number): Row {
  return {
    id: job.id,
    queue: job.queue,
    priority: job.priority,
    waiting: 1,
    due: dueInstant(job.due, now, 1),
    seq: tables.nextSeq(),
    ended: null,
    expires: null,
    attempt: 0,
    fence: leases.newest,
    token: 0,
    settled: 0,
    born: now,
    keep: job.keepMs,
    partition: job.partition ?? null,
    name: job.name,
    headers: JSON.stringify(job.headers),
    failures: null,
    result: null,
    payload: job.payload,
  };
}
