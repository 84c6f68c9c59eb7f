/** What every side knows of a job. */

/**
 * Job states as users see them. Only the three terminal ones are stored; the others follow from the row and the clock.
 * `blocked`: it starts when another job has ended, or has given up its place.
 */
export type JobState = "delayed" | "enqueued" | "active" | "stalled" | "failed" | "blocked" | TerminalState;

export type TerminalState = "completed" | "dead" | "cancelled";

/** Identifies a job. Jobs that must be unique, ordered or settled together share a partition; it defaults to the id. */
export type JobRef = { readonly id: string; readonly partition?: string | undefined };

/** The part of a job that stays the same, byte for byte, from its enqueue to its end. */
export type JobData = JobRef & {
  readonly name: string;
  readonly queue: string;
  /** Encoded by the core, opaque to the adapter, identical on every attempt. */
  readonly payload: string;
  /** Format version, metadata, trace context; a flat map that the adapter stores and never reads. */
  readonly headers: Readonly<Record<string, string>>;
  /** 0 to 9; a claim takes lower numbers first, then earlier due times, then earlier enqueues. */
  readonly priority: number;
};

/** Why an attempt failed, made safe and short by the core (4 KB in all). */
export type Failure = { readonly message: string; readonly stack?: string | undefined };

export type FailureRecord = Failure & { readonly attempt: number; readonly at: number };
