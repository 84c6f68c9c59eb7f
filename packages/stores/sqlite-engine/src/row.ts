import type { TerminalState } from "@longshore/core/adapter";

/** A job as stored. What a claim changes is only in its lease until the lease ends. */
export type Row = {
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  /** 1: the row is in the index of waiting jobs, even if a lease holds it. */
  readonly waiting: number;
  /** When a claim may take it; for an ended job, when it ended. */
  readonly due: number;
  /** The order of enqueue, for jobs with the same due time. */
  readonly seq: number;
  readonly ended: TerminalState | null;
  /** When a completed or cancelled row counts as gone. */
  readonly expires: number | null;
  readonly attempt: number;
  /**
   * The token of the newest lease that ended, negative if an operator ended it. A new row has a negative token, half a
   * token above all earlier ones, so that no lease of an earlier row with this id counts for it.
   */
  readonly token: number;
  readonly born: number;
  readonly keep: number;
  /** Name, headers and partition, and what is kept of a unique key, as JSON. */
  readonly about: string;
  /** Why the job was last given back, and since when for this reason, as JSON; `null` inside if no reason was given. */
  readonly snoozed: string | null;
  readonly failures: string | null;
  readonly result: string | null;
  readonly payload: string;
};

/** What a claim reads of a waiting job. */
export type WaitingRow = Omit<Row, "waiting" | "ended" | "expires" | "token" | "failures" | "result">;

/** Whether a job that lives in no row of its own counts at this time. */
export function stands({ expires }: Pick<Row, "expires">, now: number): boolean {
  return expires === null || expires > now;
}
