import type { Due, FailureRecord, JobState, TerminalState } from "./contract.ts";

/** The facts of a row from which its state follows. */
export type JobFacts = {
  /** Set once the job has ended. */
  readonly ended: TerminalState | undefined;
  /** A claim took it and has neither settled nor released it. */
  readonly leased: boolean;
  /** Where leased, the lease's end. */
  readonly dueAt: number;
  readonly attempt: number;
};

/** The state that users see, from the row and the adapter's now. Every adapter uses this one function. */
export function stateOf(job: JobFacts, now: number): JobState {
  if (job.ended !== undefined) return job.ended;
  if (job.leased) return job.dueAt > now ? "active" : "stalled";
  if (job.dueAt <= now) return "enqueued";
  return job.attempt > 0 ? "failed" : "delayed";
}

const KEPT_FAILURES = 10;

/** Adds a failure and keeps the first and the last nine: how it began, and how it goes now. */
export function recordFailure(failures: readonly FailureRecord[], failure: FailureRecord): readonly FailureRecord[] {
  const [first, ...rest] = failures;
  if (first === undefined) return [failure];
  return [first, ...rest.slice(2 - KEPT_FAILURES), failure];
}

/** The instant that a due time means to an adapter whose clock shows `now`; delays round up to its step. */
export function dueInstant(due: Due, now: number, stepMs: number): number {
  if ("at" in due) return due.at;
  return now + Math.ceil(due.inMs / stepMs) * stepMs;
}

/** The partition of a schedule's cursor and of all its occurrences, so that both stand in one shard. */
export function schedulePartition(name: string): string {
  return `schedule:${name}`;
}
