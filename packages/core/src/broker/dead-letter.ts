import type { Failure, JobData } from "../contract/job.ts";
import { anObject } from "../values/options.ts";
import { dataOf, decode } from "./envelope.ts";

/** A job that will not be retried, as stored in the dead-letter queue. Times are ms since the epoch. */
export type DeadLetter = JobData & {
  readonly enqueuedAt: number;
  /** Undefined if the platform moved the message after its `max_retries`: it keeps no error. */
  readonly end: { readonly at: number; readonly attempts: number; readonly failure: Failure } | undefined;
};

/**
 * Reads a message of the dead-letter queue in its consumer, which may report it, store it, or enqueue
 * `JSON.parse(letter.payload)` again. Returns undefined for a message that is not ours.
 */
export function readDeadLetter(message: { readonly body: unknown }): DeadLetter | undefined {
  anObject(message, "message");
  const envelope = decode(message.body);
  if (envelope.kind !== "dead" && envelope.kind !== "job") return undefined;
  const letter = { ...dataOf(envelope), enqueuedAt: envelope.sentAt };
  if (envelope.kind === "job") return { ...letter, end: undefined };
  return { ...letter, end: { at: envelope.diedAt, attempts: envelope.attempts, failure: envelope.failure } };
}
