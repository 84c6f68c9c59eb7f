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
  | "shutdown";

/** The one error class. `code` says what happened, `message` what was expected, what came, and what to do. */
export class LongshoreError extends Error {
  override readonly name = "LongshoreError";
  readonly code: ErrorCode;
  /** Where the error says when to try again (`retry_after`, `snooze`), in ms. */
  readonly delayMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: { readonly cause?: unknown; readonly delayMs?: number } = {}) {
    super(message, options);
    this.code = code;
    this.delayMs = options.delayMs;
  }
}

/** True for a `LongshoreError` with this code; false for whatever else was thrown, a hostile Proxy included. */
export function hasCode(error: unknown, code: ErrorCode): error is LongshoreError {
  try {
    return error instanceof LongshoreError && error.code === code;
  } catch {
    return false;
  }
}

/** Every refusal has one shape: what it is about, what was expected, what came (only its beginning). What to do is said by its code. */
export function refuse(code: ErrorCode, what: string, expected: string, came: unknown): never {
  throw new LongshoreError(code, `The ${what} must be ${expected}; got ${show(came)}.`);
}

/** Callers without types can pass anything, of any length; none of it may break the message. */
function show(value: unknown): string | number {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  return typeof value === "number" ? value : typeof value;
}
