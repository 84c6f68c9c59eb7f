import { type Duration, delayToMs } from "../values/duration.ts";
import { LongshoreError, codeOf, hasCode } from "../values/errors.ts";

/** For a handler to throw: a retry cannot help, so the job is dead at once. */
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
 * For a handler to throw: nothing failed, run the job again after this delay. Costs no attempt. `waitsFor` of the job
 * shows the reason, on backends that can show jobs.
 */
export function snooze(delay: Duration, reason = "the handler asked for it"): LongshoreError {
  return new LongshoreError("snooze", reason, { delayMs: delayToMs(delay) });
}

/** True for the errors by which a handler chooses what follows. They count even after its signal has aborted. */
export function choosesOutcome(error: unknown): boolean {
  const code = codeOf(error);
  return code === "non_retryable" || code === "retry_after" || code === "snooze";
}

/** The delay of a thrown `retryAfter` or `snooze`; undefined for anything else, even a hostile Proxy. */
export function thrownDelay(error: unknown, code: "retry_after" | "snooze"): number | undefined {
  try {
    return hasCode(error, code) ? delayToMs(error.delayMs ?? Number.NaN) : undefined;
  } catch {
    return undefined;
  }
}
