import { type Handler, type ErrorCode, codeOf } from "@longshore/core";

/** What an attempt came to. `lost`: its lease was over, and whatever it came to was not accepted. */
export type JobOutcome = "completed" | "failed" | "dead" | "snoozed" | "cancelled" | "lost";

/** How many attempts a definition without a policy has. */
const DEFAULT_ATTEMPTS = 5;

/**
 * What the worker makes of a handler that threw, as far as it can be told from here: a policy's `maxElapsed` or
 * `onError` may bury a job that this calls `failed`. `abortCode`: why the handler was told to stop.
 */
export function thrownOutcome(
  error: unknown,
  abortCode: ErrorCode | undefined,
  attempt: number,
  { retry }: Handler["definition"],
): JobOutcome {
  if (abortCode === "cancelled") return "cancelled";
  if (abortCode === "lease_lost") return "lost";
  const code = codeOf(error);
  if (abortCode === "shutdown" || code === "snooze") return "snoozed";
  return code === "non_retryable" || attempt >= (retry?.attempts ?? DEFAULT_ATTEMPTS) ? "dead" : "failed";
}
