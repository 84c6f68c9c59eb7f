import type { Issue } from "./schema.ts";

/**
 * What went wrong, for a program to branch on. Refusals (`invalid_*`, `*_too_*`, `unknown_*`) have no effect;
 * after `enqueue_failed` the call may be repeated with the same id.
 */
export type ErrorCode =
  // declared wrongly
  | "invalid_name"
  | "invalid_duration"
  | "invalid_retry"
  | "invalid_schedule"
  | "invalid_option"
  | "timeout_too_long"
  | "duplicate_handler"
  // refused before anything was sent
  | "invalid_id"
  | "invalid_payload"
  | "payload_too_large"
  | "batch_too_large"
  | "delay_too_long"
  // asked of a backend
  | "enqueue_failed"
  | "shard_mismatch"
  | "shard_failed"
  | "wrong_definition"
  | "invalid_cursor"
  | "backend_timeout"
  // thrown by handlers to say what should happen, and the reasons that a handler's signal gives
  | "non_retryable"
  | "retry_after"
  | "snooze"
  | "timeout"
  | "lease_lost"
  | "cancelled"
  | "shutdown"
  // asked of a context whose attempt is over
  | "attempt_over";

/** The one error class. `code` says what happened, `message` what was expected, what came, and what to do. */
export class LongshoreError extends Error {
  override readonly name = "LongshoreError";
  readonly code: ErrorCode;
  /** Where the error says when to try again (`retry_after`, `snooze`), in ms. */
  declare readonly delayMs?: number;
  /**
   * Where an enqueue may have happened or not, on a backend with ids: the ids of its jobs, in their order. The same call
   * with these ids is harmless, whatever happened.
   */
  declare readonly ids?: readonly string[];
  /**
   * For whoever enqueued what its schema refuses: what the validator said. It may quote the input, so it is in no
   * message, and not enumerable: whoever logs the error does not log it.
   */
  declare readonly issues?: readonly Issue[];

  constructor(code: ErrorCode, message: string, options: ErrorDetails = {}) {
    super(message, options);
    this.code = code;
    // What an error does not say is not shown where it is printed.
    if (options.delayMs !== undefined) this.delayMs = options.delayMs;
    if (options.ids) this.ids = options.ids;
    if (options.issues) Object.defineProperty(this, "issues", { value: options.issues });
  }
}

type ErrorDetails = {
  readonly cause?: unknown;
  readonly delayMs?: number | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly issues?: readonly Issue[] | undefined;
};

/**
 * The code of a `LongshoreError`, also of one from another realm or from a second copy of this package, which no
 * `instanceof` knows; undefined for whatever else was thrown, a hostile Proxy included.
 */
export function codeOf(thrown: unknown): ErrorCode | undefined {
  try {
    const { name, code } = thrown as LongshoreError; // whatever it is, it may look like one
    return name === "LongshoreError" ? code : undefined;
  } catch {
    return undefined;
  }
}

/** True for a `LongshoreError` with this code, by its shape. */
export function hasCode(error: unknown, code: ErrorCode): error is LongshoreError {
  return codeOf(error) === code;
}

/** True for an error of any realm, which no `instanceof` knows. May throw where a Proxy does. */
export function isError(thrown: unknown): thrown is Error {
  return ERROR.test(Object.prototype.toString.call(thrown));
}

const ERROR = /^\[object (Error|DOMException)\]$/;

/** Every refusal has one shape: what it is about, what was expected, what came (only its beginning). What to do is said by its code. */
export function refuse(code: ErrorCode, what: string, expected: string, came: unknown): never {
  throw new LongshoreError(code, `The ${what} must be ${expected}; got ${show(came)}.`);
}

/** Callers without types can pass anything, of any length; none of it may break the message. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  return typeof value === "number" || value === null ? `${value}` : Array.isArray(value) ? "list" : typeof value;
}
