import { type Duration, delayToMs, toMs } from "../values/duration.ts";
import { hasCode, refuse } from "../values/errors.ts";
import { type Checks, aFunction, checkOptions, duration, integer, number } from "../values/options.ts";
import { thrownDelay } from "./handler-errors.ts";

/** The answer of `onError`: follow the policy, give up now, or try again after exactly this time. */
export type ErrorVerdict = "retry" | "dead" | { readonly after: Duration } | undefined;

/** When a failed job is retried and when it is dead. Made by `exponential`, `linear`, `fixed` or `custom`. */
export type RetryPolicy = {
  /** The number of attempts in all, including the first. */
  readonly attempts: number;
  /** The time from the failure of attempt number `attempt` (from 1) to the next; `random` is in [0, 1). */
  delayMs(attempt: number, random: number): number;
  /** No attempt begins later than this after the enqueue (or the replay). */
  readonly maxElapsedMs?: number | undefined;
  readonly onError?: OnError | undefined;
};

type OnError = (error: unknown, failed: FailedAttempt) => ErrorVerdict;
type FailedAttempt = { readonly attempt: number; readonly ageMs: number };

export type RetryOptions = {
  /** The number of attempts in all, including the first: 1 to 1 000 000. Default: 5. */
  readonly attempts?: number | undefined;
  /**
   * Each delay grows by a random share of up to this (0 to 1), so that jobs that failed together are not retried
   * together. Default: 0.2; for `fixed` and `custom` 0.
   */
  readonly jitter?: number | undefined;
  /**
   * No attempt begins later than this after the enqueue (or the replay): the job is dead instead. Default: no limit.
   */
  readonly maxElapsed?: Duration | undefined;
  /**
   * Decides by the error, unless the error itself decides (`nonRetryable`, `retryAfter`). If it returns `undefined` or
   * throws, the policy decides. It cannot give more attempts or time than the policy has.
   */
  readonly onError?: OnError | undefined;
};

/**
 * `max`: the longest delay, including jitter. Delays stop growing at `max / (1 + jitter)`, so the longest ones differ,
 * too.
 */
type GrowingOptions = RetryOptions & { readonly first?: Duration | undefined; readonly max?: Duration | undefined };

const JITTER = 0.2;
const FIRST = "30s";
const MAX = "36m";
/** The longest delay that a user's own policy may return. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER;
/** Used if a delay cannot be computed. */
const FALLBACK_MS = 30_000;

/**
 * Delays that grow by a factor. Default: first 30 s, then 4 times as long each time, at most 36 min including jitter.
 * Fails with `invalid_retry`.
 */
export function exponential(options: GrowingOptions & { readonly factor?: number | undefined } = {}): RetryPolicy {
  checkOptions("exponential", options, { ...growingChecks(), factor: number(1) }, "invalid_retry");
  const { factor = 4, first = FIRST, max = MAX, jitter = JITTER } = options;
  const firstMs = toMs(first);
  return policyOf({ ...options, max, jitter }, firstMs, (attempt) => {
    // Bounded, because 0 * Infinity is NaN.
    return firstMs * Math.min(factor ** (attempt - 1), Number.MAX_VALUE);
  });
}

/** Delays that grow by a step (default: the first delay). Fails with `invalid_retry`. */
export function linear(options: GrowingOptions & { readonly step?: Duration | undefined } = {}): RetryPolicy {
  checkOptions("linear", options, { ...growingChecks(), step: duration() }, "invalid_retry");
  const { first = FIRST, step = first, max = MAX, jitter = JITTER } = options;
  const firstMs = toMs(first);
  const stepMs = toMs(step);
  return policyOf({ ...options, max, jitter }, firstMs, (attempt) => firstMs + stepMs * (attempt - 1));
}

/**
 * The same delay each time, by default without jitter. Jobs that fail together are retried together, so use it for few
 * jobs, or with a jitter. Fails with `invalid_retry`.
 */
export function fixed(options: RetryOptions & { readonly delay: Duration }): RetryPolicy {
  checkOptions("fixed", options ?? {}, { ...commonChecks(), delay: duration() }, "invalid_retry");
  const delayMs = toMs(options?.delay, "delay of fixed", "invalid_retry");
  // Jitter only adds to the given delay.
  const max = Math.ceil(delayMs * (1 + (options.jitter ?? 0)));
  return policyOf({ ...options, max }, delayMs, () => delayMs);
}

/**
 * Delays by your own function of the failed attempt's number (from 1), by default without jitter, at most `max`
 * (default: 30 days). A negative delay counts as 0, one that is too long as `max`. If the function throws or returns no
 * duration, the job waits 30 s. Fails with `invalid_retry`.
 */
export function custom(
  options: RetryOptions & { readonly delay: (attempt: number) => Duration; readonly max?: Duration | undefined },
): RetryPolicy {
  const checks = { ...commonChecks(), delay: aFunction, max: duration() };
  checkOptions("custom", options ?? {}, checks, "invalid_retry");
  aFunction(options?.delay, "delay of custom", "invalid_retry");
  const { delay, max = "30d" } = options;
  return policyOf({ ...options, max }, 0, (attempt) => {
    const answer = delay(attempt);
    return typeof answer === "number" ? answer : toMs(answer);
  });
}

/** Of the default policy. A producer bundles this and not the policy. */
export const DEFAULT_ATTEMPTS = 5;
const LADDER_MS = [30_000, 120_000, 480_000, 1_800_000];

/**
 * Five attempts: at once, then after 30 s, 2 min, 8 min and 30 min, with up to 20 % added. The same as `exponential()`,
 * but written out, so that an app without a policy bundles none.
 */
export const defaultRetry: RetryPolicy = {
  attempts: DEFAULT_ATTEMPTS,
  delayMs: (attempt, random) => Math.round((LADDER_MS[attempt - 1] ?? 1_800_000) * (1 + JITTER * random)),
};

/**
 * The time (ms) from a failed attempt to the next; undefined if there is none. `attempts`: of this job, which may have
 * fewer than the policy. Never throws, even if the error, the
 * policy's functions or its numbers are hostile.
 */
export function nextDelay(
  policy: RetryPolicy,
  error: unknown,
  failed: FailedAttempt,
  random: number,
  attempts: number = policy.attempts,
): number | undefined {
  const { attempt, ageMs } = failed;
  const delayMs = policyDelay(policy, error, failed) ?? safeDelay(() => policy.delayMs(attempt, random), LONGEST_MS);
  const inTime = ageMs + delayMs <= (policy.maxElapsedMs ?? Number.MAX_VALUE);
  return attempt < attempts && inTime ? delayMs : undefined;
}

/** The decision of the error or of `onError`: a delay, `Infinity` for no retry, undefined to follow the policy. */
function policyDelay(policy: RetryPolicy, error: unknown, failed: FailedAttempt): number | undefined {
  if (hasCode(error, "non_retryable")) return Infinity;
  const thrownMs = thrownDelay(error, "retry_after");
  if (thrownMs !== undefined) return thrownMs;
  try {
    const verdict = policy.onError?.(error, failed);
    if (verdict === "dead") return Infinity;
    return typeof verdict === "object" ? delayToMs(verdict.after) : undefined;
  } catch {
    return undefined;
  }
}

function commonChecks(): Checks<RetryOptions> {
  return { attempts: integer(1, 1_000_000), jitter: number(0, 1), maxElapsed: duration(), onError: aFunction };
}

function growingChecks(): Checks<GrowingOptions> {
  return { ...commonChecks(), first: duration(), max: duration() };
}

function policyOf(
  options: RetryOptions & { readonly max: Duration },
  firstMs: number,
  baseMs: (attempt: number) => number,
): RetryPolicy {
  const { attempts = 5, jitter = 0, max, maxElapsed, onError } = options;
  const maxMs = toMs(max);
  if (firstMs > maxMs) refuse("invalid_retry", "retry policy's max", `at least the first delay (${firstMs} ms)`, max);
  const cap = Math.floor(maxMs / (1 + jitter));
  return {
    attempts,
    delayMs: (attempt, random) => Math.round(safeDelay(() => baseMs(attempt), cap) * (1 + jitter * random)),
    maxElapsedMs: maxElapsed === undefined ? undefined : toMs(maxElapsed),
    onError,
  };
}

/** The computed delay as a whole number from 0 to `max`; 30 s if it throws or returns NaN. */
function safeDelay(compute: () => number, max: number): number {
  try {
    const ms = Math.ceil(Math.min(Math.max(0, compute()), max));
    if (!Number.isNaN(ms)) return ms;
  } catch {
    // Treated like NaN.
  }
  return Math.min(FALLBACK_MS, max);
}
