import type { Traits } from "@longshore/core/adapter";

export type CloudflareQueuesTraits = Traits & {
  readonly durable: true;
  readonly unique: false;
  readonly ordered: false;
  readonly fenced: false;
};

export const traits: CloudflareQueuesTraits = {
  durable: true,
  unique: false,
  ordered: false,
  fenced: false,
  // Delays over 24 hours take several messages, one after the other.
  maxDelayMs: Infinity,
  delayStepMs: 1_000,
  maxRunMs: 900_000,
  // A message may have 128 000 bytes. Ids, names and the largest metadata that the core allows take up to 27 400, a
  // trace context 2 000, and the reason of a snooze or a death 2 000.
  maxPayloadBytes: 96_000,
  // Nothing takes a message from a running consumer before its 15 minutes are over.
  leaseMs: 900_000,
};
