import { defaultRetry, nextDelay } from "./backoff.ts";
import type { ClaimedJob, Outcome } from "./contract.ts";
import { hasCode } from "./errors.ts";
import { describeFailure } from "./failure.ts";
import type { AnyDefinition } from "./job.ts";

export const COMPLETE: Outcome = { type: "complete" };

/** Gives the job back at once, without costing an attempt. */
export const RELEASE: Outcome = { type: "snooze", delayMs: 0 };

/** What an attempt comes to that threw: the error decides, then the definition's policy. */
export function outcomeOf(
  error: unknown,
  definition: AnyDefinition | undefined,
  { attempt }: ClaimedJob,
  ageMs: number,
  random: number,
): Outcome {
  if (hasCode(error, "snooze")) return { type: "snooze", delayMs: error.delayMs ?? 0 };
  const failure = describeFailure(error);
  const delayMs = nextDelay(definition?.retry ?? defaultRetry, { attempt, ageMs, random, error });
  return delayMs === undefined ? { type: "dead", failure } : { type: "retry", delayMs, failure };
}
