/**
 * The parts of Cloudflare's queue bindings that we use. Cloudflare's own `Queue`, `Message` and `MessageBatch` fit
 * them, so our declarations do not need Cloudflare's types.
 */

/** A producer binding: `env.JOBS`. */
export type QueueBinding = { sendBatch(messages: Iterable<OutgoingMessage>): Promise<unknown> };

/** A message as we send it. */
export type OutgoingMessage = {
  readonly body: string;
  readonly contentType: "text";
  /** 0 to 86 400. */
  readonly delaySeconds: number;
};

/** A delivered message. Only the first call of `ack` or `retry` counts. */
export type QueueMessage = {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: unknown;
  /** Deliveries so far, from 1. */
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
};

/** The argument of a `queue(batch)` handler. */
export type QueueBatch = { readonly queue: string; readonly messages: readonly QueueMessage[] };
