import { type Duration, delayToMs, toMs } from "../values/duration.ts";
import { hasCode, refuse } from "../values/errors.ts";
import { type Checks, aFunction, checkOptions, duration, integer, number } from "../values/options.ts";
import { thrownDelay } from "./verdicts.ts";

/** What a policy's `onError` answers: go on by the policy, give up now, or try again after exactly so long. */
export type ErrorVerdict = "retry" | "dead" | { readonly after: Duration } | undefined;

/** When a failed job is tried again, and when it is given up. Made by `exponential`, `linear`, `fixed` or `custom`. */
export type RetryPolicy = {
  /** How often the job is run in all, the first time included. */
  readonly attempts: number;
  /** How long after the failure of attempt number `attempt` (from 1) the next one is due; `random` is in [0, 1). */
  delayMs(attempt: number, random: number): number;
  /** No attempt begins later than this after the enqueue (or the replay). */
  readonly maxElapsedMs?: number | undefined;
  readonly onError?: OnError | undefined;
};

type OnError = (error: unknown, failed: FailedAttempt) => ErrorVerdict;
type FailedAttempt = { readonly attempt: number; readonly ageMs: number };

export type RetryOptions = {
  /** How often the job is run in all, the first time included: 1 to 1 000 000; 5 unless said otherwise. */
  readonly attempts?: number | undefined;
  /**
   * Up to this share is added to each delay at random (0 to 1), so that jobs that failed together do not come
   * back together. 0.2 unless said otherwise; `fixed` and `custom` add none by themselves.
   */
  readonly jitter?: number | undefined;
  /** No attempt begins later than this after the enqueue (or the replay): the job is dead instead. No limit by default. */
  readonly maxElapsed?: Duration | undefined;
  /**
   * Decides by the error, unless the error decides itself (`nonRetryable`, `retryAfter`). `undefined` leaves it to
   * the policy, and so does a callback that throws. No verdict gives more attempts or time than the policy has.
   */
  readonly onError?: OnError | undefined;
};

/** The longest delay, jitter included: delays stop growing at `max / (1 + jitter)`, so that even they stay spread. */
type Growing = RetryOptions & { readonly first?: Duration | undefined; readonly max?: Duration | undefined };

const JITTER = 0.2;
const FIRST = "30s";
const MAX = "36m";
/** The longest that a policy made by hand may answer. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER;
/** After a delay that cannot be computed: soon, but not at once. */
const FALLBACK_MS = 30_000;

/**
 * Delays that grow by a factor: first 30 s, then 4 times as long each time, at most 36 min with the jitter.
 * Fails with `invalid_retry`.
 */
export function exponential(options: Growing & { readonly factor?: number | undefined } = {}): RetryPolicy {
  checkOptions("exponential", options, { ...growing(), factor: number(1) }, "invalid_retry");
  const { factor = 4, first = FIRST, max = MAX, jitter = JITTER } = options;
  const firstMs = toMs(first);
  return policyOf({ ...options, max, jitter }, firstMs, (attempt) => {
    // Bounded, because 0 * Infinity is no number.
    return firstMs * Math.min(factor ** (attempt - 1), Number.MAX_VALUE);
  });
}

/** Delays that grow by a step (as long as the first unless said otherwise). Fails with `invalid_retry`. */
export function linear(options: Growing & { readonly step?: Duration | undefined } = {}): RetryPolicy {
  checkOptions("linear", options, { ...growing(), step: duration() }, "invalid_retry");
  const { first = FIRST, step = first, max = MAX, jitter = JITTER } = options;
  const firstMs = toMs(first);
  const stepMs = toMs(step);
  return policyOf({ ...options, max, jitter }, firstMs, (attempt) => firstMs + stepMs * (attempt - 1));
}

/**
 * The same delay each time, and no jitter unless asked for: jobs that fail together come back together, so choose it
 * for few jobs or give it a jitter. Fails with `invalid_retry`.
 */
export function fixed(options: RetryOptions & { readonly delay: Duration }): RetryPolicy {
  checkOptions("fixed", options ?? {}, { ...shared(), delay: duration() }, "invalid_retry");
  const delayMs = toMs(options?.delay, "delay of fixed", "invalid_retry");
  // Jitter is added to the delay that was asked for, never taken from it.
  const max = Math.ceil(delayMs * (1 + (options.jitter ?? 0)));
  return policyOf({ ...options, max }, delayMs, () => delayMs);
}

/**
 * Delays by your own function of the attempt that failed (from 1), without jitter unless asked for, at most `max`
 * (30 days unless said otherwise). What is negative counts as 0, what is too long as `max`; after anything else that
 * is no duration, and after a throw, the job waits 30 s. Fails with `invalid_retry`.
 */
export function custom(
  options: RetryOptions & { readonly delay: (attempt: number) => Duration; readonly max?: Duration | undefined },
): RetryPolicy {
  const checks = { ...shared(), delay: aFunction, max: duration() };
  checkOptions("custom", options ?? {}, checks, "invalid_retry");
  aFunction(options?.delay, "delay of custom", "invalid_retry");
  const { delay, max = "30d" } = options;
  return policyOf({ ...options, max }, 0, (attempt) => {
    const answer = delay(attempt);
    return typeof answer === "number" ? answer : toMs(answer);
  });
}

const LADDER_MS = [30_000, 120_000, 480_000, 1_800_000];

/**
 * At once, 30 s, 2 min, 8 min, 30 min, with up to 20 % added: five attempts, then dead. The same as `exponential()`,
 * written out, so that who asks for no policy bundles none.
 */
export const defaultRetry: RetryPolicy = {
  attempts: 5,
  delayMs: (attempt, random) => Math.round((LADDER_MS[attempt - 1] ?? 1_800_000) * (1 + JITTER * random)),
};

/**
 * How long after a failed attempt the next one is due; undefined if there is none. Never throws, whatever the error,
 * the policy's functions or its numbers are.
 */
export function nextDelay(
  policy: RetryPolicy,
  error: unknown,
  failed: FailedAttempt,
  random: number,
): number | undefined {
  const { attempt, ageMs } = failed;
  const delayMs = wish(policy, error, failed) ?? tame(() => policy.delayMs(attempt, random), LONGEST_MS);
  const inTime = ageMs + delayMs <= (policy.maxElapsedMs ?? Number.MAX_VALUE);
  return attempt < policy.attempts && inTime ? delayMs : undefined;
}

/** What the error or the definition says of it: a delay, `Infinity` for no retry at all, undefined for the policy's. */
function wish(policy: RetryPolicy, error: unknown, failed: FailedAttempt): number | undefined {
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

function shared(): Checks<RetryOptions> {
  return { attempts: integer(1, 1_000_000), jitter: number(0, 1), maxElapsed: duration(), onError: aFunction };
}

function growing(): Checks<Growing> {
  return { ...shared(), first: duration(), max: duration() };
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
    delayMs: (attempt, random) => Math.round(tame(() => baseMs(attempt), cap) * (1 + jitter * random)),
    maxElapsedMs: maxElapsed === undefined ? undefined : toMs(maxElapsed),
    onError,
  };
}

/** Whole, not negative, within the maximum, whatever is computed or thrown. */
function tame(compute: () => number, max: number): number {
  try {
    const ms = Math.ceil(Math.min(Math.max(0, compute()), max));
    if (!Number.isNaN(ms)) return ms;
  } catch {
    // As if it had answered what is no number.
  }
  return Math.min(FALLBACK_MS, max);
}
