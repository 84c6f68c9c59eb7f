import type { ClaimedJob } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { claimedJob } from "./job.ts";
import type { Held } from "./leases.ts";
import { sweep } from "./prune.ts";
import type { Row } from "./tables.ts";
import { dues } from "./wake.ts";
import { type Place, byPriority } from "./waiting.ts";

export type QueueLimit = { readonly name: string; readonly limit: number };

/** A job that may be leased, in its turn; of one that is taken over, the turn and attempt are those of its lease. */
type Candidate = Pick<Row, "id" | "priority" | "due" | "seq" | "attempt"> & { readonly stalled?: true };
/** With its row, which is read only once it is taken: a hundred of them may be larger than an object's memory. */
type Taken = Candidate & { readonly row: Row };

/** What one answer may hold: an RPC message may have 32 MiB. */
const MOST_CHARACTERS = 8_000_000;
const MOST_JOBS = 1_000;
/** The ledger is a row, which may have 2 MB, and a lease may have 250 of them. */
const MOST_LEASES = 5_000;

/** Takes what is due in these queues, expired leases included. */
export function claim(
  books: Books,
  queues: readonly QueueLimit[],
  leaseMs: number,
  now: number,
  most: number = MOST_JOBS,
): ClaimedJob[] {
  const taken = new Map<string, Taken>();
  for (const { name, limit } of queues) {
    const room = Math.min(limit, most - taken.size);
    if (room > 0 && !books.paused.has(name)) take(books, name, room, now, taken);
  }
  return lease(books, [...taken.values()], leaseMs, now);
}

/** Hands jobs out under one lease: one row written, whatever their number. */
export function lease(books: Books, jobs: readonly Taken[], leaseMs: number, now: number): ClaimedJob[] {
  if (jobs.length === 0) return [];
  const held = books.leases.take(jobs, now, now + leaseMs);
  sweep(books, held.length, now);
  return jobs.map(({ row, stalled = false, due }, i) => claimedJob(row, held[i] as Held, stalled, due, now)); // one for each
}

/** Takes whatever is due, from the queue first that has waited longest. */
export function claimAny(books: Books, limit: number, leaseMs: number, now: number): ClaimedJob[] {
  const overdue = dues(books).filter(({ due }) => due <= now);
  const queues = new Set(overdue.sort((a, b) => a.due - b.due).map(({ queue }) => queue));
  return claim(
    books,
    [...queues].map((name) => ({ name, limit })),
    leaseMs,
    now,
    limit,
  );
}

function take(books: Books, queue: string, room: number, now: number, taken: Map<string, Taken>): void {
  const { tables, leases, waiting } = books;
  const found: Candidate[] = [];
  for (const lapsed of leases.held.values()) {
    if (lapsed.queue === queue && lapsed.due <= now && !taken.has(lapsed.id)) found.push({ ...lapsed, stalled: true });
  }
  const lines: { head: Place; places: readonly Candidate[] }[] = [];
  const heads = waiting.heads().filter((head) => head.queue === queue && head.due <= now);
  for (const head of heads.sort(byPriority)) {
    const before = found.filter(({ priority }) => priority < head.priority);
    if (before.length >= room || leases.held.size >= MOST_LEASES) break;
    // One more than could be taken: where the line begins afterwards.
    const places = waiting.first(head, room + 1);
    lines.push({ head, places });
    found.push(...places.filter(({ due }) => due <= now));
  }
  let characters = 0;
  for (const { row } of taken.values()) characters += row.payload.length;
  for (const one of found.sort(byPriority).slice(0, room)) {
    const row = characters > MOST_CHARACTERS ? undefined : tables.find(one.id, now);
    if (row === undefined) break;
    characters += row.payload.length;
    taken.set(one.id, { ...one, row });
  }
  for (const { head, places } of lines) {
    const first = places.find(({ id }) => !taken.has(id));
    waiting.move(head, first);
  }
}
