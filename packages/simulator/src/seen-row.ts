import type { Facts } from "@longshore/conformance/tools";
import type { NewJob, StoredJob, TerminalState } from "@longshore/core/adapter";

/** A row as the store last showed it, and what only its history tells. */
export type Seen = Facts & {
  readonly row: StoredJob;
  /** As it was enqueued. */
  readonly job: NewJob;
  /** The newest claim's; 0 before the first. */
  readonly token: number;
  /** The token that settled it last. */
  readonly settledBy: number;
  /** Cancelled while it ran: the end that its lease would have had. */
  readonly heldUntil: number;
};

/** What only its history tells of a row. */
export type History = Pick<Seen, "job" | "token" | "settledBy" | "givenBack" | "heldUntil">;

export function seenOf(row: StoredJob, before: History): Seen {
  const { state, dueAt, attempt } = row;
  const ended = isTerminal(state) ? state : undefined;
  const leased = state === "active" || state === "stalled";
  return { ...before, row, ended, leased, dueAt, attempt };
}

function isTerminal(state: string | undefined): state is TerminalState {
  return state === "completed" || state === "dead" || state === "cancelled";
}

/** Past its retention: to every verb it is not there. */
export function isOver({ ended, dueAt, job, heldUntil }: Seen, now: number): boolean {
  return (ended === "completed" || ended === "cancelled") && now >= Math.max(dueAt + job.keepMs, heldUntil);
}

/** Nothing changed but what time alone changes. */
export function isSame(a: Seen, b: Seen): boolean {
  const [one, other] = [a.row, b.row];
  return (
    a.ended === b.ended &&
    a.leased === b.leased &&
    one.attempt === other.attempt &&
    one.enqueuedAt === other.enqueuedAt &&
    one.dueAt === other.dueAt &&
    one.result === other.result &&
    one.failures.length === other.failures.length
  );
}

/** The same in words. */
export function facts({ row, leased, ended }: Seen): string {
  const { attempt, enqueuedAt, dueAt, failures, result } = row;
  return `${ended ?? (leased ? "leased" : "waiting")} attempt ${attempt} of ${enqueuedAt} due ${dueAt} failures ${failures.length} result ${result}`;
}
