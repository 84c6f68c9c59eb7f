import type { Failure } from "./contract.ts";

const MESSAGE_BYTES = 1_000;
const STACK_BYTES = 3_000;

/**
 * Whatever was thrown, as a safe, short record: `null`, a Proxy, ten megabytes, a throwing getter.
 * At most 4 KB as UTF-8, without lone surrogates.
 */
export function describeFailure(thrown: unknown): Failure {
  try {
    if (!(thrown instanceof Error)) {
      return { message: cut(typeof thrown === "object" ? JSON.stringify(thrown) : thrown, MESSAGE_BYTES) };
    }
    const { message, name, stack } = thrown;
    return { message: cut(message || name, MESSAGE_BYTES), stack: stack ? cut(stack, STACK_BYTES) : undefined };
  } catch {
    return { message: "unreadable error" };
  }
}

const encoder = new TextEncoder();

/** Cuts at a character's edge, and says so; encoding and decoding also mends lone surrogates. */
function cut(value: unknown, bytes: number): string {
  const text = String(value);
  const head = encoder.encode(text.slice(0, bytes)).subarray(0, bytes - 3);
  // Told that more will come, a decoder drops the piece of a character at the end.
  const whole = new TextDecoder().decode(head, { stream: true });
  return whole.length < text.length ? `${whole}…` : whole;
}
