import { RETRY_MS, UNKNOWN_RETRY_MS } from "./delivery.ts";
import type { Message } from "./message.ts";

/** Handles a message that is not ours. `decide` makes the first decision about it; the others do nothing. */
export type ForeignHandler<M> = (message: M, decide: (how: () => unknown) => void) => unknown;

/** The foreign messages of a batch while a handler works on them. */
export type ForeignMessages = {
  /** Never rejects. */
  readonly handled: Promise<unknown>;
  /** Retries messages about which nothing was decided. Returns how many. Never rejects. */
  close(): Promise<number>;
};

export function handleForeign<M>(
  messages: readonly M[],
  wrap: (message: M) => Pick<Message, "ack" | "retry">,
  handler: ForeignHandler<M> | undefined,
  failed: (error: unknown) => void,
): ForeignMessages {
  /** Undecided messages with the delay of their retry. */
  const undecided = new Map(messages.map((message) => [message, UNKNOWN_RETRY_MS]));
  const decisions: Promise<unknown>[] = [];
  const decide = (message: M, how: () => unknown): void => {
    if (undecided.delete(message)) decisions.push((async () => how())());
  };
  const handle = async (message: M): Promise<void> => {
    if (handler === undefined) return;
    try {
      await handler(message, (how) => decide(message, how));
      decide(message, () => wrap(message).ack());
    } catch (error) {
      if (undecided.has(message)) undecided.set(message, RETRY_MS);
      failed(error);
    }
  };

  return {
    handled: Promise.all(messages.map(handle)),
    async close() {
      const left = undecided.size;
      for (const [message, delayMs] of undecided) decide(message, () => wrap(message).retry(delayMs));
      await Promise.allSettled(decisions);
      return left;
    },
  };
}
