import { type Failure, type JobData, anObject } from "@longshore/core/adapter";
import { dataOf, decode } from "./envelope.ts";

/** A job that will not be retried, as it stands in the dead-letter queue. Instants are ms since the epoch. */
export type DeadLetter = JobData & {
  readonly enqueuedAt: number;
  /** Undefined where the platform moved the message, after its `max_retries`: it keeps no error. */
  readonly end: { readonly at: number; readonly attempts: number; readonly failure: Failure } | undefined;
};

/**
 * Reads a message of the dead-letter queue, for its consumer: to tell somebody, to store it, or to enqueue
 * `JSON.parse(letter.payload)` again. Undefined for what is not ours.
 */
export function readDeadLetter(message: { readonly body: unknown }): DeadLetter | undefined {
  anObject(message, "message");
  const envelope = decode(message.body);
  if (envelope.kind !== "dead" && envelope.kind !== "job") return undefined;
  const letter = { ...dataOf(envelope), enqueuedAt: envelope.sentAt };
  if (envelope.kind === "job") return { ...letter, end: undefined };
  return { ...letter, end: { at: envelope.diedAt, attempts: envelope.attempts, failure: envelope.failure } };
}
