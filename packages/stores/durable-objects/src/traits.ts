import type { Duration } from "@longshore/core";
import { type Traits, toMs } from "@longshore/core/adapter";

export type DurableObjectsTraits = Traits & {
  readonly durable: true;
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly limits: true;
  readonly throttle: true;
  readonly dependencies: true;
  readonly expiry: true;
  readonly depth: true;
  readonly order: true;
  readonly ageing: true;
  readonly ordered: true;
  readonly fenced: true;
};

export const DEFAULT_LEASE = "30s";

export function traitsWith(lease: Duration): DurableObjectsTraits {
  return {
    durable: true,
    unique: true,
    uniqueKeys: true,
    limits: true,
    throttle: true,
    dependencies: true,
    expiry: true,
    depth: true,
    order: true,
    ageing: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    // The object waits for its runner, and the platform ends a pending RPC after 15 minutes.
    maxRunMs: 900_000,
    // A row of SQLite has at most 2 MB, and must hold a payload, a result of the same size, and ten failures of 4 KB.
    maxPayloadBytes: 900_000,
    leaseMs: toMs(lease),
  };
}
