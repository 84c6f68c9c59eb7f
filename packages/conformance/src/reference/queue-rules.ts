// What Cloudflare Queues promises, as far as a fake of it needs: the shapes of its bindings, the limits of a send, and that
// the first call of `ack` or `retry` decides. One fake has the faults that a test asks for, the other has them at random.

export type OutgoingMessage = { readonly body: string; readonly contentType: "text"; readonly delaySeconds: number };
type DeliveredMessage = {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
};
export type Batch = { readonly queue: string; readonly messages: readonly DeliveredMessage[] };

/** A message as the queue keeps it. */
export type StoredMessage = {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  dueAt: number;
  attempts: number;
};

export type Decision = "ack" | { readonly delaySeconds?: number };

/** How often the platform redelivers a message at most, as it may be configured. */
export const MAX_RETRIES = 100;

/** https://developers.cloudflare.com/queues/platform/limits/: a KB is 1 000 bytes, and metadata counts. */
export function checkLimits(messages: readonly OutgoingMessage[]): void {
  const sizes = messages.map(({ body }) => new TextEncoder().encode(body).length + 100);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (messages.length > 100 || sizes.some((size) => size > 128_000) || total > 256_000) {
    throw new Error("Queue sendBatch failed: Payload Too Large");
  }
  if (messages.some(({ delaySeconds: delay }) => !Number.isInteger(delay) || delay < 0 || delay > 86_400)) {
    throw new Error("Queue sendBatch failed: Bad Request");
  }
}

/** One more delivery of these messages, and what its consumer decides about them. */
export function batchOf(stored: readonly StoredMessage[]): {
  readonly batch: Batch;
  readonly decisions: ReadonlyMap<StoredMessage, Decision>;
} {
  const decisions = new Map<StoredMessage, Decision>();
  const decide = (message: StoredMessage, decision: Decision): void => {
    if (!decisions.has(message)) decisions.set(message, decision);
  };
  const messages = stored.map((message): DeliveredMessage => {
    message.attempts += 1;
    const { id, body, attempts, sentAt } = message;
    const [ack, timestamp] = [() => decide(message, "ack"), new Date(sentAt)];
    return { id, body, attempts, timestamp, ack, retry: (how = {}) => decide(message, how) };
  });
  return { batch: { queue: "jobs", messages }, decisions };
}
