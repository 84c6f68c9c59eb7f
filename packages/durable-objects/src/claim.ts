import type { ClaimedJob } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { claimedJob } from "./job.ts";
import type { Held } from "./leases.ts";
import { sweep } from "./prune.ts";
import type { Row } from "./tables.ts";
import { isBefore } from "./waiting.ts";

/** A row that a claim takes, and when the lease ended that it takes over. */
type Pick = { readonly row: Row; readonly attempt: number; readonly stalledAt?: number };
type Picks = Map<string, Pick>;

export type QueueLimit = { readonly name: string; readonly limit: number };

/** What one answer may hold, in characters of payload: an RPC message may have 32 MiB. */
const MOST_CHARACTERS = 8_000_000;

/** Takes what is due in these queues, expired leases included: one row written, whatever the number of jobs. */
export function claim(
  books: Books,
  queues: readonly QueueLimit[],
  leaseMs: number,
  now: number,
  most: number = Infinity,
): ClaimedJob[] {
  const before = books.leases.newest;
  const picks: Picks = new Map();
  for (const { name, limit } of queues) {
    if (!books.paused.has(name)) pickFrom(books, name, Math.min(limit, most - picks.size), now, picks);
  }
  if (picks.size === 0) return [];
  const taken = [...picks.values()];
  const held = books.leases.take(taken, now + leaseMs);
  sweep(books, before, now);
  return taken.map(({ row, stalledAt }, i) => claimedJob(row, held[i] as Held, stalledAt, now)); // one for each
}

/** Takes whatever is due, from the queue first that has waited longest. */
export function claimAny(books: Books, most: number, leaseMs: number, now: number): ClaimedJob[] {
  const dueAt = new Map<string, number>();
  const see = (queue: string, due: number): void => {
    if (due <= now) dueAt.set(queue, Math.min(due, dueAt.get(queue) ?? due));
  };
  for (const [queue, heads] of books.waiting.heads) for (const { due } of heads) see(queue, due);
  for (const { queue, until } of books.leases.held.values()) see(queue, until);
  const queues = [...dueAt].sort(([, a], [, b]) => a - b).map(([name]) => ({ name, limit: most }));
  return claim(books, queues, leaseMs, now, most);
}

function pickFrom({ tables, leases, waiting }: Books, queue: string, most: number, now: number, picks: Picks): void {
  const end = picks.size + most;
  const lines = waiting.heads.get(queue) ?? [];
  const lapsed = [...leases.held.values()]
    .filter((lease) => lease.queue === queue && lease.until <= now && !picks.has(lease.id))
    .map((lease) => ({ ...lease, due: lease.until }))
    .sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const priorities = [...new Set([...lines, ...lapsed].map(({ priority }) => priority))].sort((a, b) => a - b);

  let characters = 0;
  const pick = (picked: Pick): void => {
    picks.set(picked.row.id, picked);
    characters += picked.row.payload.length;
  };
  for (const priority of priorities) {
    if (picks.size >= end || characters > MOST_CHARACTERS) return;
    const head = lines.find((line) => line.priority === priority && line.due <= now);
    const rows = head === undefined ? [] : waiting.first(head, end - picks.size + 1);
    const late = lapsed.filter((lease) => lease.priority === priority);
    let taken = 0;
    while (picks.size < end && characters <= MOST_CHARACTERS) {
      const row = rows[taken];
      const due = row !== undefined && row.due <= now;
      const lease = late[0];
      if (lease !== undefined && !(due && isBefore(row, lease))) {
        late.shift();
        const stalled = tables.find(lease.id, now);
        if (stalled !== undefined) pick({ row: stalled, attempt: lease.attempt + 1, stalledAt: lease.until });
      } else if (due) {
        taken++;
        pick({ row, attempt: row.attempt + 1 });
      } else break;
    }
    if (head !== undefined) waiting.move(head, rows[taken]);
  }
}
