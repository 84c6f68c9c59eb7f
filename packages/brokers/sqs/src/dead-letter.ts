import { type DeadLetter, readDeadLetter as read } from "@longshore/core/broker";
import { anObject } from "@longshore/core/adapter";
import { unescapeBody } from "./body.ts";

export type { DeadLetter };

/**
 * Reads a message of the dead-letter queue, whose consumer may report it, store it, or enqueue
 * `JSON.parse(letter.payload)` again. Takes a message of `ReceiveMessage` or a record of Lambda. Returns undefined for a
 * message that is not ours.
 */
export function readDeadLetter(message: {
  readonly Body?: string | undefined;
  readonly body?: string | undefined;
}): DeadLetter | undefined {
  anObject(message, "message");
  const body = message.Body ?? message.body;
  return read({ body: typeof body === "string" ? unescapeBody(body) : body });
}
