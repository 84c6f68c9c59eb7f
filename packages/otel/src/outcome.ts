import { type ErrorCode, type JobContext, codeOf } from "@longshore/core";

/** The outcome of an attempt. `lost`: its lease was over, so its result was not accepted. */
export type JobOutcome = "completed" | "failed" | "dead" | "snoozed" | "cancelled" | "lost";

/**
 * The outcome that a worker derives from a thrown error, as far as this can tell: a policy's `maxElapsed` or `onError`
 * may make a job dead that this calls `failed`. `abortCode`: why the handler was told to stop.
 */
export function thrownOutcome(
  error: unknown,
  abortCode: ErrorCode | undefined,
  { attempt, attempts }: Pick<JobContext, "attempt" | "attempts">,
): JobOutcome {
  if (abortCode === "cancelled") return "cancelled";
  if (abortCode === "lease_lost") return "lost";
  const code = codeOf(error);
  if (abortCode === "shutdown" || code === "snooze") return "snoozed";
  return code === "non_retryable" || attempt >= attempts ? "dead" : "failed";
}
