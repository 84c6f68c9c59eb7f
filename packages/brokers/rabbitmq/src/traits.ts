import type { Traits } from "@longshore/core/adapter";

export type RabbitMQTraits = Traits & {
  readonly durable: true;
  readonly unique: false;
  readonly ordered: false;
  readonly fenced: false;
};

export const traits: RabbitMQTraits = {
  durable: true,
  unique: false,
  ordered: false,
  fenced: false,
  // Delays over 12 days take several messages, one after the other.
  maxDelayMs: Infinity,
  delayStepMs: 1_000,
  // The server closes a channel with a message that was not acknowledged for 30 minutes (`consumer_timeout`).
  maxRunMs: 1_740_000,
  maxPayloadBytes: 1_000_000,
  leaseMs: 1_800_000,
};
