import type { Due, FailureRecord, JobState, SettleAnswer, TerminalState } from "./contract.ts";

/** The facts of a row from which its state follows. */
export type JobFacts = {
  /** Set once the job has ended. */
  readonly ended: TerminalState | undefined;
  /** A claim took it and has neither settled nor released it. */
  readonly leased: boolean;
  /** Where leased, the lease's end. */
  readonly dueAt: number;
  readonly attempt: number;
  /** The last claim was given back (a snooze, a release): what it waits for is no retry, even if others failed before. */
  readonly givenBack: boolean;
};

/** The state that users see, from the row and the adapter's now. Every adapter uses this one function. */
export function stateOf(job: JobFacts, now: number): JobState {
  if (job.ended !== undefined) return job.ended;
  if (job.leased) return job.dueAt > now ? "active" : "stalled";
  if (job.dueAt <= now) return "enqueued";
  return job.attempt > 0 && !job.givenBack ? "failed" : "delayed";
}

/** Why a job was given back, and since when this is the reason: what a store keeps of a `snooze`. */
export type Snoozed = { readonly reason: string; readonly since: number };

/** How all reasons begin for which a job is given back because no worker can run it: one condition, however it shows. */
const UNABLE = "no worker has ";

export function isUnable(reason: string): boolean {
  return reason.startsWith(UNABLE);
}

/**
 * What a store keeps after a `snooze`: a reason that repeats goes on, as does that no worker can run it, and without one
 * nothing changes.
 */
export function snoozedFor(reason: string | undefined, kept: Snoozed | undefined, now: number): Snoozed | undefined {
  if (reason === undefined || reason === kept?.reason) return kept;
  return { reason, since: kept && isUnable(reason) && isUnable(kept.reason) ? kept.since : now };
}

export const PAUSED = "the queue is paused";

/** Why a job is not running, for `get` and `list`. `held`: why its queue hands out nothing at all. */
export function waitsFor(state: JobState, snoozed: Snoozed | undefined, held: string | undefined): string | undefined {
  switch (state) {
    case "enqueued":
    case "stalled":
      return held ?? snoozed?.reason;
    case "delayed":
    case "failed":
      return snoozed?.reason;
    default:
      return undefined;
  }
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

/**
 * The partition of a schedule's cursors and of all its occurrences, so that they stand in one shard. The library's own
 * ids, partitions and metadata begin with a `$`, which users' cannot.
 */
export function schedulePartition(name: string): string {
  return `$schedule:${name}`;
}

/** True where a settlement was taken, with follow-up jobs or without. */
export function isAccepted(answer: SettleAnswer | undefined): boolean {
  return answer === "accepted" || typeof answer === "object";
}
