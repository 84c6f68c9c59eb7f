import type { Traits } from "@longshore/core/adapter";

export type PostgresTraits = Traits & {
  readonly durable: true;
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly limits: true;
  readonly throttle: true;
  readonly order: true;
  readonly ageing: true;
  readonly depth: true;
  readonly expiry: true;
  readonly dependencies: true;
  readonly ordered: true;
  readonly fenced: true;
};

export function traitsOf(leaseMs: number): PostgresTraits {
  return {
    durable: true,
    unique: true,
    uniqueKeys: true,
    limits: true,
    throttle: true,
    order: true,
    ageing: true,
    depth: true,
    expiry: true,
    dependencies: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    maxRunMs: Infinity,
    maxPayloadBytes: 1_000_000,
    leaseMs,
  };
}
