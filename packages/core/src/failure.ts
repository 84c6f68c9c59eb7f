import type { Failure } from "./contract.ts";

const MESSAGE_BYTES = 1_000;
const STACK_BYTES = 3_000;

/**
 * Whatever was thrown, as a safe, short record: `null`, a Proxy, ten megabytes, a throwing getter.
 * At most 4 KB as UTF-8, without lone surrogates.
 */
export function describeFailure(thrown: unknown): Failure {
  const message = attempt(() => (thrown instanceof Error ? thrown.message : plain(thrown))) ?? "unreadable error";
  const stack = attempt(() => (thrown instanceof Error ? thrown.stack : undefined));
  const short = truncate(message === "" ? (attempt(() => (thrown as Error).name) ?? "Error") : message, MESSAGE_BYTES);
  return stack === undefined ? { message: short } : { message: short, stack: truncate(stack, STACK_BYTES) };
}

/** A thrown getter or Proxy trap must not become a second error. Answers only strings. */
function attempt(read: () => unknown): string | undefined {
  try {
    const value = read();
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function plain(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null) return JSON.stringify(thrown) ?? "object";
  return String(thrown);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Cuts at a character's edge; encoding and decoding also mends lone surrogates. */
function truncate(text: string, bytes: number): string {
  const head = encoder.encode(text.slice(0, bytes));
  if (head.length <= bytes && text.length <= bytes) return decoder.decode(head);
  return decoder.decode(head.subarray(0, bytes - 3), { stream: false }).replace(/\uFFFD+$/, "") + "…";
}
