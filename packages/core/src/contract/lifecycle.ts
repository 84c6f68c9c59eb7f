import type { SettleAnswer } from "./contract.ts";
import type { Due } from "./enqueue.ts";
import type { FailureRecord, JobState, TerminalState } from "./job.ts";
import type { ListRequest } from "./operating.ts";

/** The facts of a row from which its state follows. */
export type JobFacts = {
  /** The terminal state; undefined until the job has ended. */
  readonly ended: TerminalState | undefined;
  /** A claim took it and has not settled or released it. */
  readonly leased: boolean;
  /** When it is due; while leased, the lease's end. */
  readonly dueAt: number;
  readonly attempt: number;
  /**
   * The last claim was given back (a snooze, a release), so it does not wait for a retry, even if an attempt failed
   * before.
   */
  readonly givenBack: boolean;
  /** It starts when another job has ended, or has given up its place. */
  readonly blocked?: boolean;
};

/** The state that users see, from the row and the adapter's clock. All adapters share this function. */
export function stateOf(job: JobFacts, now: number): JobState {
  if (job.ended !== undefined) return job.ended;
  if (job.blocked) return "blocked";
  if (job.leased) return job.dueAt > now ? "active" : "stalled";
  if (job.dueAt <= now) return "enqueued";
  return job.attempt > 0 && !job.givenBack ? "failed" : "delayed";
}

/** The states that a list is asked for; undefined: all. */
export function statesOf({ state }: ListRequest): readonly JobState[] | undefined {
  return typeof state === "string" ? [state] : state;
}

/** What a store keeps of a `snooze`: the reason, and since when it has been the reason (an instant). */
export type Snoozed = { readonly reason: string; readonly since: number };

/** All reasons of jobs that no worker can run begin with this, and count as one reason. */
const UNABLE = "no worker has ";

export function isUnable(reason: string): boolean {
  return reason.startsWith(UNABLE);
}

/**
 * What a store keeps after a `snooze`. The time of a reason that repeats is kept, and so is that of `no worker has …`
 * reasons; without a reason nothing changes.
 */
export function snoozedFor(reason: string | undefined, kept: Snoozed | undefined, now: number): Snoozed | undefined {
  if (reason === undefined || reason === kept?.reason) return kept;
  return { reason, since: kept && isUnable(reason) && isUnable(kept.reason) ? kept.since : now };
}

export const PAUSED = "the queue is paused";
/** Why a queue gives out no jobs while as many run as its limit allows. */
export const QUEUE_FULL = "the limit of its queue is reached";
const BEHIND = "the job with the same key, which has not ended";
/** Why a job is blocked whose limit has a key. */
export const NO_PLACE = "a place among the jobs with its limit's key";

/** Why a job is blocked that comes after others. */
export const AFTER = "the jobs that it comes after, which have not all ended";

/** Why a job is not running, for `get` and `list`. `held`: why its queue gives out no jobs; `behind`: why it is blocked. */
export function waitsFor(
  state: JobState,
  snoozed: Snoozed | undefined,
  held: string | undefined,
  behind: string = BEHIND,
): string | undefined {
  switch (state) {
    case "enqueued":
    case "stalled":
      return held ?? snoozed?.reason;
    case "delayed":
    case "failed":
      return snoozed?.reason;
    case "blocked":
      return behind;
    default:
      return undefined;
  }
}

const KEPT_FAILURES = 10;

/** Adds a failure, and keeps the first and the last nine. */
export function recordFailure(failures: readonly FailureRecord[], failure: FailureRecord): readonly FailureRecord[] {
  const [first, ...rest] = failures;
  if (first === undefined) return [failure];
  return [first, ...rest.slice(2 - KEPT_FAILURES), failure];
}

/** The instant of a due time, for an adapter whose clock shows `now`. Delays are rounded up to its step. */
export function dueInstant(due: Due, now: number, stepMs: number): number {
  if ("at" in due) return due.at;
  return now + Math.ceil(due.inMs / stepMs) * stepMs;
}

/**
 * The partition of a schedule's cursors and occurrences, so that they share a shard. Ids, partitions and metadata of
 * the library begin with a `$`; those of users cannot.
 */
export function schedulePartition(name: string): string {
  return `$schedule:${name}`;
}

/** True if a settlement was accepted, with follow-up jobs or without. */
export function isAccepted(answer: SettleAnswer | undefined): boolean {
  return answer === "accepted" || typeof answer === "object";
}
