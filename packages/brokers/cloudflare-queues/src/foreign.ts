import type { QueueMessage } from "./binding.ts";
import { RETRY_SECONDS, UNKNOWN_RETRY_SECONDS } from "./delivery.ts";

export type ForeignHandler = (message: QueueMessage) => unknown;

/** The foreign messages of a batch while a handler works on them. It may call `ack` and `retry` itself. */
export type ForeignMessages = {
  /** Never rejects. */
  readonly handled: Promise<unknown>;
  /** Retries messages that were neither acknowledged nor retried. Returns how many. */
  close(): number;
};

export function handleForeign(
  messages: readonly QueueMessage[],
  handler: ForeignHandler | undefined,
  failed: (error: unknown) => void,
): ForeignMessages {
  /** Undecided messages with the delay of their retry. The platform warns about a second call on a message. */
  const undecided = new Map(messages.map((message) => [message, UNKNOWN_RETRY_SECONDS]));
  const decide = (message: QueueMessage, how: (message: QueueMessage) => void): void => {
    if (undecided.delete(message)) how(message);
  };
  const handle = async (message: QueueMessage): Promise<void> => {
    if (handler === undefined) return;
    const ack = (): void => decide(message, (own) => own.ack());
    try {
      const { id, timestamp, body, attempts } = message;
      const retry: QueueMessage["retry"] = (options) => decide(message, (own) => own.retry(options));
      await handler({ id, timestamp, body, attempts, ack, retry });
      ack();
    } catch (error) {
      if (undecided.has(message)) undecided.set(message, RETRY_SECONDS);
      failed(error);
    }
  };

  return {
    handled: Promise.all(messages.map(handle)),
    close() {
      for (const [message, delaySeconds] of undecided) message.retry({ delaySeconds });
      return undecided.size;
    },
  };
}
