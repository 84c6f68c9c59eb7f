import { type Duration, delayToMs } from "../values/duration.ts";
import { LongshoreError, codeOf, hasCode } from "../values/errors.ts";

/** For a handler to throw: trying again cannot help, so the job goes to the dead letters now. */
export function nonRetryable(message: string, options: { readonly cause?: unknown } = {}): LongshoreError {
  return new LongshoreError("non_retryable", message, { ...options });
}

/** For a handler to throw: the attempt failed, and the next one is due after exactly this long (HTTP's Retry-After). */
export function retryAfter(
  delay: Duration,
  message: string,
  options: { readonly cause?: unknown } = {},
): LongshoreError {
  return new LongshoreError("retry_after", message, { ...options, delayMs: delayToMs(delay) });
}

/**
 * For a handler to throw: nothing failed, look again after this long. Costs no attempt. Where the backend can show jobs,
 * `waitsFor` is the reason meanwhile.
 */
export function snooze(delay: Duration, reason = "the handler asked for it"): LongshoreError {
  return new LongshoreError("snooze", reason, { delayMs: delayToMs(delay) });
}

/** True for what a handler throws to say what should happen, whoever told it to stop meanwhile. */
export function isVerdict(error: unknown): boolean {
  const code = codeOf(error);
  return code === "non_retryable" || code === "retry_after" || code === "snooze";
}

/** The delay that was thrown; undefined for whatever else was thrown, a hostile Proxy included. */
export function thrownDelay(error: unknown, code: "retry_after" | "snooze"): number | undefined {
  try {
    return hasCode(error, code) ? delayToMs(error.delayMs ?? Number.NaN) : undefined;
  } catch {
    return undefined;
  }
}
