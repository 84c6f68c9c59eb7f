import type { QueueMessage } from "./binding.ts";
import { RETRY_SECONDS, UNKNOWN_RETRY_SECONDS } from "./delivery.ts";

export type ForeignHandler = (message: QueueMessage) => unknown;

/** The messages of a batch that are not ours, on their way through a handler that may call `ack` and `retry` itself. */
export type ForeignMessages = {
  /** Rejects never. */
  readonly handled: Promise<unknown>;
  /** Retries what was neither acknowledged nor retried; answers how many. */
  close(): number;
};

export function handleForeign(
  messages: readonly QueueMessage[],
  handler: ForeignHandler | undefined,
  failed: (error: unknown) => void,
): ForeignMessages {
  /** What is undecided, with the delay of its retry. A second call on a message would be warned of by the platform. */
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
