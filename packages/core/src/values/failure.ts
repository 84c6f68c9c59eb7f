import type { Failure } from "../contract/job.ts";
import { isError } from "./errors.ts";

const MESSAGE_BYTES = 1_000;
const STACK_BYTES = 3_000;
/** For one message if others follow it, so that all have room. */
const HEAD_BYTES = 500;
const MOST_CAUSES = 5;

/**
 * A safe, short record of any thrown value: `null`, a Proxy, ten megabytes, a throwing getter. The message includes an
 * error's causes and an AggregateError's members: `fetch failed (caused by: connect ECONNREFUSED)`. At most 4 KB as
 * UTF-8, without lone surrogates.
 */
export function describeFailure(thrown: unknown): Failure {
  try {
    const message = cut(messageOf(thrown, []), MESSAGE_BYTES);
    const stack = isError(thrown) ? stackOf(thrown) : undefined;
    return isError(thrown) ? { message, stack: stack ? cut(stack, STACK_BYTES) : undefined } : { message };
  } catch {
    return { message: UNREADABLE };
  }
}

const UNREADABLE = "unreadable error";

/** `above`: the errors on the way here, so that errors that cause each other do not loop. */
function messageOf(thrown: unknown, above: readonly unknown[]): unknown {
  if (!isError(thrown)) return typeof thrown === "object" ? textOf(thrown) : thrown;
  const { message, name, cause, errors } = thrown as Error & { readonly errors?: unknown };
  const own = message || (thrown as { readonly code?: unknown }).code || name; // Node's errors have a code
  const path = [...above, thrown];
  const more =
    path.length > MOST_CAUSES
      ? []
      : [cause, ...membersOf(errors)].filter((one) => one !== undefined && !path.includes(one));
  const told = more.map((one) => (one === cause ? "caused by: " : "") + safely(one, path));
  return told.length === 0 ? own : `${cut(own, HEAD_BYTES)} (${told.join("; ")})`;
}

/** As JSON, in which a thrown `Response` has nothing. */
function textOf(thrown: object | null): string {
  const text = JSON.stringify(thrown);
  const { status } = Object(thrown) as Partial<Response>;
  return text === "{}" && status !== undefined ? `${String(thrown)}, status ${status}` : text;
}

/** The members of an AggregateError. */
function membersOf(errors: unknown): readonly unknown[] {
  return Array.isArray(errors) ? errors.slice(0, MOST_CAUSES) : [];
}

/** The message of one cause; one that cannot be read does not hide the others. */
function safely(thrown: unknown, above: readonly unknown[]): string {
  try {
    return cut(messageOf(thrown, above), HEAD_BYTES);
  } catch {
    return UNREADABLE;
  }
}

/** The stack, followed by the stack of its cause. */
function stackOf({ stack, cause }: Error): string | undefined {
  try {
    return isError(cause) && cause.stack ? `${stack}\nCaused by: ${cause.stack}` : stack;
  } catch {
    return stack;
  }
}

const encoder = new TextEncoder();

/** Cuts between characters and adds `…`. Encoding and decoding also replaces lone surrogates. */
function cut(value: unknown, bytes: number): string {
  const text = String(value);
  const head = encoder.encode(text.slice(0, bytes)).subarray(0, bytes - 3);
  // In a stream, the decoder drops an incomplete character at the end.
  const whole = new TextDecoder().decode(head, { stream: true });
  return whole.length < text.length ? `${whole}…` : whole;
}
