import type { Facts } from "@longshore/conformance/tools";
import type { NewJob, StoredJob, TerminalState } from "@longshore/core/adapter";

/** A row as the store last showed it, with what only its history tells. */
export type ObservedRow = Facts & {
  readonly row: StoredJob;
  /** As it was enqueued. */
  readonly job: NewJob;
  /** The newest claim's token; 0 before the first. */
  readonly token: number;
  /** The token that settled it last. */
  readonly settledBy: number;
  /** If it was cancelled while it ran: when its lease would have ended. */
  readonly heldUntil: number;
  /** The id of the enqueue whose data it has: another's, if it was replaced. */
  readonly from: string;
  /** It was changed after its enqueue. */
  readonly isUpdated: boolean;
  /** Its number among all rows: another row of the same id has another. */
  readonly serial: number;
  /** The rows that it comes after. */
  readonly parents: readonly { readonly id: string; readonly serial: number }[];
};

/** The fields that only a row's history tells. */
export type RowHistory = Pick<
  ObservedRow,
  "job" | "token" | "settledBy" | "givenBack" | "heldUntil" | "from" | "isUpdated" | "serial" | "parents"
>;

export function observedRow(row: StoredJob, before: RowHistory): ObservedRow {
  const { state, dueAt, attempt } = row;
  const ended = isTerminal(state) ? state : undefined;
  const leased = state === "active" || state === "stalled";
  const place = state === "blocked" ? "behind" : undefined;
  return { ...before, row, ended, leased, dueAt, attempt, place };
}

function isTerminal(state: string | undefined): state is TerminalState {
  return state === "completed" || state === "dead" || state === "cancelled";
}

export function isChildOf({ parents }: Pick<ObservedRow, "parents">, { row, serial }: ObservedRow): boolean {
  return parents.some((parent) => parent.id === row.id && parent.serial === serial);
}

/** Whether a row without children is past its retention, so that no verb sees it. */
export function isExpired({ ended, dueAt, job, heldUntil }: ObservedRow, now: number): boolean {
  return (ended === "completed" || ended === "cancelled") && now >= Math.max(dueAt + job.keepMs, heldUntil);
}

/** Whether nothing changed except by the passing of time. */
export function isSame(a: ObservedRow, b: ObservedRow): boolean {
  const [one, other] = [a.row, b.row];
  return (
    a.ended === b.ended &&
    a.leased === b.leased &&
    a.place === b.place &&
    one.attempt === other.attempt &&
    one.enqueuedAt === other.enqueuedAt &&
    one.dueAt === other.dueAt &&
    one.result === other.result &&
    one.failures.length === other.failures.length
  );
}

/** Describes a row in words. */
export function facts({ row, leased, ended, place }: ObservedRow): string {
  const { attempt, enqueuedAt, dueAt, failures, result } = row;
  return `${ended ?? (leased ? "leased" : place ? "blocked" : "waiting")} attempt ${attempt} of ${enqueuedAt} due ${dueAt} failures ${failures.length} result ${result}`;
}
