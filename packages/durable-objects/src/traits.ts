import type { Traits } from "@longshore/core/adapter";

export type DurableObjectsTraits = Traits & {
  readonly durable: true;
  readonly unique: true;
  readonly ordered: true;
  readonly fenced: true;
};

export const DEFAULT_LEASE_MS = 30_000;

export function traitsWith(leaseMs: number): DurableObjectsTraits {
  return {
    durable: true,
    unique: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    // The object waits for its runner, and the platform ends a pending RPC after 15 minutes.
    maxRunMs: 900_000,
    // A row of SQLite has at most 2 MB, and must hold a payload, a result as long, and ten failures of 4 KB.
    maxPayloadBytes: 900_000,
    leaseMs,
  };
}
