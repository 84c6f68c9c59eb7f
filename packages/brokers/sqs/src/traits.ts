import type { Traits } from "@longshore/core/adapter";
import { HEAD_BYTES, HIDDEN_MS } from "./limits.ts";

export type SqsTraits = Traits & {
  readonly durable: true;
  readonly unique: false;
  readonly ordered: false;
  readonly fenced: false;
};

export function traitsOf(messageBytes: number): SqsTraits {
  return {
    durable: true,
    unique: false,
    ordered: false,
    fenced: false,
    // Delays over 15 minutes take several messages, one after the other.
    maxDelayMs: Infinity,
    delayStepMs: 1_000,
    // The host extends the time for which a message is hidden, up to the 12 hours of SQS.
    maxRunMs: HIDDEN_MS,
    maxPayloadBytes: messageBytes - HEAD_BYTES,
    leaseMs: 30_000,
  };
}
