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
  // Past 24 hours a message is sent on from hop to hop.
  maxDelayMs: Infinity,
  delayStepMs: 1_000,
  maxRunMs: 900_000,
  // A message has 128 000 bytes. Ids, names and the most metadata that the core allows take up to 27 400 of them, a trace
  // context 2 000, and 2 000 are for why a job is snoozed or dead.
  maxPayloadBytes: 96_000,
  // Nothing takes a message from a running consumer before its 15 minutes are over.
  leaseMs: 900_000,
};
