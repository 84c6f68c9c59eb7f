import type { Issue } from "./schema.ts";

/**
 * What went wrong, for programs. Refusals (`invalid_*`, `*_too_*`) have no effect; after `enqueue_failed` the call may
 * be repeated with the same id. docs/errors.md says what to do about each code.
 */
export type ErrorCode =
  // wrong declarations
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
  // failures of a backend, or calls that it refuses
  | "enqueue_failed"
  | "queue_full"
  | "shard_mismatch"
  | "shard_failed"
  | "store_in_use"
  | "wrong_definition"
  | "invalid_cursor"
  | "backend_timeout"
  | "backend_failed"
  // answers of a server that speaks the contract over HTTP
  | "unauthorized"
  | "forbidden"
  | "invalid_request"
  | "unsupported_version"
  // thrown by handlers to choose what follows, and reasons of a handler's signal
  | "non_retryable"
  | "retry_after"
  | "snooze"
  | "timeout"
  | "lease_lost"
  | "cancelled"
  | "shutdown"
  // a job that a handler of many jobs did not answer
  | "no_answer"
  // calls on a context whose attempt has ended
  | "attempt_over";

/** The only error class. `code` says what happened; `message` what was expected, what came, and what to do. */
export class LongshoreError extends Error {
  override readonly name = "LongshoreError";
  readonly code: ErrorCode;
  /** When to try again, in ms; set for `retry_after` and `snooze`. */
  declare readonly delayMs?: number;
  /**
   * After `enqueue_failed` on a backend with ids: the ids of the call's jobs, in order. Repeating the call with these
   * ids is safe.
   */
  declare readonly ids?: readonly string[];
  /**
   * The validator's issues, if an input does not fit its schema. They may quote the input, so they are not in the
   * message and not enumerable: a logger leaves them out.
   */
  declare readonly issues?: readonly Issue[];

  constructor(code: ErrorCode, message: string, options: ErrorDetails = {}) {
    super(message, options);
    this.code = code;
    // Unset fields would show when the error is printed.
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
 * The code of a `LongshoreError`, even from another realm or a second copy of this package, where `instanceof` fails.
 * Undefined for anything else, even a hostile Proxy.
 */
export function codeOf(thrown: unknown): ErrorCode | undefined {
  try {
    const { name, code } = thrown as LongshoreError; // whatever it is, it may look like one
    return name === "LongshoreError" ? code : undefined;
  } catch {
    return undefined;
  }
}

/** True for a `LongshoreError` with this code, as `codeOf` recognizes it. */
export function hasCode(error: unknown, code: ErrorCode): error is LongshoreError {
  return codeOf(error) === code;
}

/** True for an error of any realm, where `instanceof` fails. Throws if a Proxy does. */
export function isError(thrown: unknown): thrown is Error {
  return ERROR.test(Object.prototype.toString.call(thrown));
}

const ERROR = /^\[object (Error|DOMException)\]$/;

/** Throws the message that all refusals share: what it is about, what was expected, and the beginning of what came. */
export function refuse(code: ErrorCode, what: string, expected: string, came: unknown): never {
  throw new LongshoreError(code, `The ${what} must be ${expected}; got ${show(came)}.`);
}

/** True for what could be awaited. By shape, because of promises from other realms and libraries. */
export function isThenable(value: unknown): boolean {
  try {
    return typeof Object(value).then === "function";
  } catch {
    return false;
  }
}

/** A value of any type and length, short and safe for a message: without the password of an address. */
function show(value: unknown): string {
  if (isThenable(value)) return "a promise, which must be awaited";
  if (typeof value === "string") {
    const start = value.slice(0, 500).replace(/:\/\/.*@/s, "://...@");
    return JSON.stringify(start.slice(0, 60));
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "number" || value === null ? `${value}` : typeof value;
}
