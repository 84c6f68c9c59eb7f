import { type Duration, toMs } from "./duration.ts";
import { check as checkFor, hasCode } from "./errors.ts";

/** What a policy's `onError` answers: go on by the policy, give up now, or try again after exactly so long. */
export type ErrorVerdict = "retry" | "dead" | { readonly after: Duration } | undefined;

/** When a failed job is tried again, and when it is given up. Made by `exponential`, `linear`, `fixed` or `custom`. */
export type RetryPolicy = {
  /** How often the job is run in all, the first time included. */
  readonly attempts: number;
  /** How long after the failure of attempt number `attempt` (from 1) the next one is due; `random` is in [0, 1). */
  delayMs(attempt: number, random: number): number;
  /** No attempt begins later than this after the enqueue (or the replay). */
  readonly maxElapsedMs?: number;
  onError?(error: unknown, info: { readonly attempt: number; readonly ageMs: number }): ErrorVerdict;
};

export type RetryOptions = {
  /** How often the job is run in all, the first time included: 1 to 1 000 000; 5 unless said otherwise. */
  readonly attempts?: number;
  /**
   * Up to this share is added to each delay at random (0 to 1), so that jobs that failed together do not come
   * back together. 0.2 unless said otherwise; `fixed` and `custom` add none by themselves.
   */
  readonly jitter?: number;
  /** No attempt begins later than this after the enqueue (or the replay): the job is dead instead. No limit by default. */
  readonly maxElapsed?: Duration;
  /**
   * Decides by the error, unless the error decides itself (`nonRetryable`, `retryAfter`). `undefined` leaves it to
   * the policy, and so does a callback that throws. No verdict gives more attempts or time than the policy has.
   */
  readonly onError?: (error: unknown, info: { readonly attempt: number; readonly ageMs: number }) => ErrorVerdict;
};

/** The longest delay, jitter included: delays stop growing at `max / (1 + jitter)`, so that even they stay spread. */
type Growing = RetryOptions & { readonly first?: Duration; readonly max?: Duration };

const ATTEMPTS = 5;
const JITTER = 0.2;
const FIRST = "30s";
const FACTOR = 4;
const MAX = "36m";
const CUSTOM_MAX = "30d";
const MOST_ATTEMPTS = 1_000_000;
/** After a delay that cannot be computed: soon, but not at once. */
const FALLBACK_MS = 30_000;

/**
 * Delays that grow by a factor: first 30 s, then 4 times as long each time, at most 36 min with the jitter.
 * Fails with `invalid_retry`.
 */
export function exponential(options: Growing & { readonly factor?: number } = {}): RetryPolicy {
  const { factor = FACTOR } = options;
  check(Number.isFinite(factor) && factor >= 1, "factor", "a number of at least 1", factor);
  const firstMs = duration(options.first ?? FIRST, "first");
  return assemble(options, options.max ?? MAX, JITTER, firstMs, (attempt) => {
    // Bounded, because 0 * Infinity is no number.
    return firstMs * Math.min(factor ** (attempt - 1), Number.MAX_VALUE);
  });
}

/** Delays that grow by a step (as long as the first unless said otherwise). Fails with `invalid_retry`. */
export function linear(options: Growing & { readonly step?: Duration } = {}): RetryPolicy {
  const firstMs = duration(options.first ?? FIRST, "first");
  const stepMs = options.step === undefined ? firstMs : duration(options.step, "step");
  return assemble(options, options.max ?? MAX, JITTER, firstMs, (attempt) => firstMs + stepMs * (attempt - 1));
}

/**
 * The same delay each time, and no jitter unless asked for: jobs that fail together come back together, so choose it
 * for few jobs or give it a jitter. Fails with `invalid_retry`.
 */
export function fixed(options: RetryOptions & { readonly delay: Duration }): RetryPolicy {
  const delayMs = duration(options.delay, "delay");
  // Jitter is added to the delay that was asked for, never taken from it.
  const { jitter = 0 } = options;
  return assemble(options, Math.ceil(delayMs * (1 + fraction(jitter))), 0, delayMs, () => delayMs);
}

/**
 * Delays by your own function of the attempt that failed (from 1), without jitter unless asked for, at most `max`
 * (30 days unless said otherwise). What is negative counts as 0, what is too long as `max`; after anything else that
 * is no duration, and after a throw, the job waits 30 s. Fails with `invalid_retry`.
 */
export function custom(
  options: RetryOptions & { readonly delay: (attempt: number) => Duration; readonly max?: Duration },
): RetryPolicy {
  const { delay } = options;
  check(typeof delay === "function", "delay", "a function of the attempt", delay);
  return assemble(options, options.max ?? CUSTOM_MAX, 0, 0, (attempt) => {
    try {
      const answer = delay(attempt);
      return typeof answer === "number" ? answer : toMs(answer);
    } catch {
      return Number.NaN;
    }
  });
}

/** At once, 30 s, 2 min, 8 min, 30 min, with up to 20 % added: five attempts, then dead. */
export const defaultRetry: RetryPolicy = /* @__PURE__ */ exponential();

/** What follows a failed attempt, and why nothing does. */
export type Decision =
  | { readonly type: "retry"; readonly delayMs: number }
  | { readonly type: "dead"; readonly reason: "non_retryable" | "on_error" | "attempts" | "max_elapsed" };

/** Decides after a failed attempt. Never throws, whatever the error, the policy's functions or its numbers are. */
export function decide(
  policy: RetryPolicy,
  failed: { readonly attempt: number; readonly ageMs: number; readonly random: number; readonly error: unknown },
): Decision {
  const { attempt, ageMs, random, error } = failed;
  const wish = verdict(policy, attempt, ageMs, error);
  if (typeof wish === "string") return { type: "dead", reason: wish };
  if (!(attempt < policy.attempts)) return { type: "dead", reason: "attempts" };
  const delayMs =
    wish ??
    tame(
      safely(() => policy.delayMs(attempt, random)),
      Number.MAX_SAFE_INTEGER,
    );
  if (policy.maxElapsedMs !== undefined && ageMs + delayMs > policy.maxElapsedMs) {
    return { type: "dead", reason: "max_elapsed" };
  }
  return { type: "retry", delayMs };
}

/** What the error or the definition says about it: dead, a delay in ms, or nothing. */
function verdict(
  policy: RetryPolicy,
  attempt: number,
  ageMs: number,
  error: unknown,
): "non_retryable" | "on_error" | number | undefined {
  // A thrown Proxy can throw again when it is looked at.
  if (safely(() => hasCode(error, "non_retryable")) === true) return "non_retryable";
  const own = safely(() => (hasCode(error, "retry_after") ? error.delayMs : undefined));
  if (own !== undefined && Number.isFinite(own) && own >= 0) return Math.round(own);
  const answer = safely(() => policy.onError?.(error, { attempt, ageMs }));
  if (answer === "dead") return "on_error";
  return safely(() => (typeof answer === "object" ? toMs(answer.after) : undefined));
}

function assemble(
  options: RetryOptions,
  max: Duration,
  defaultJitter: number,
  firstMs: number,
  base: (attempt: number) => number,
): RetryPolicy {
  const { attempts = ATTEMPTS, jitter = defaultJitter, maxElapsed, onError } = options;
  check(
    Number.isInteger(attempts) && attempts >= 1 && attempts <= MOST_ATTEMPTS,
    "attempts",
    "a whole number from 1 to 1 000 000",
    attempts,
  );
  const share = fraction(jitter);
  const maxMs = duration(max, "max");
  check(firstMs <= maxMs, "max", `at least the first delay (${firstMs} ms)`, max);
  check(onError === undefined || typeof onError === "function", "onError", "a function", onError);
  const cap = Math.floor(maxMs / (1 + share));
  return {
    attempts,
    delayMs: (attempt, random) => tame(tame(base(attempt), cap) * (1 + share * random), maxMs),
    ...(maxElapsed === undefined ? {} : { maxElapsedMs: duration(maxElapsed, "maxElapsed") }),
    ...(onError === undefined ? {} : { onError }),
  };
}

/** Whole, not negative, within the maximum, whatever was computed. */
function tame(ms: number | undefined, max: number): number {
  const known = typeof ms === "number" && !Number.isNaN(ms) ? ms : FALLBACK_MS;
  return Math.round(Math.min(Math.max(0, known), max));
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function fraction(jitter: number): number {
  check(Number.isFinite(jitter) && jitter >= 0 && jitter <= 1, "jitter", "a share from 0 to 1", jitter);
  return jitter;
}

function duration(value: Duration, what: string): number {
  return toMs(value, `retry policy's ${what}`, "invalid_retry");
}

function check(ok: boolean, what: string, expected: string, value: unknown): void {
  checkFor(ok, "invalid_retry", `A retry policy's ${what}`, expected, value);
}
