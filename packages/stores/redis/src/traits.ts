import type { Traits } from "@longshore/core/adapter";

export type RedisTraits = Traits & {
  readonly durable: true;
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly limits: true;
  readonly throttle: true;
  readonly dependencies: true;
  readonly expiry: true;
  readonly order: true;
  readonly ageing: true;
  readonly depth: true;
  readonly ordered: true;
  readonly fenced: true;
};

export function traitsOf(leaseMs: number): RedisTraits {
  return {
    durable: true,
    unique: true,
    uniqueKeys: true,
    limits: true,
    throttle: true,
    dependencies: true,
    expiry: true,
    order: true,
    ageing: true,
    depth: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    maxRunMs: Infinity,
    maxPayloadBytes: 1_000_000,
    leaseMs,
  };
}
