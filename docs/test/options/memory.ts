import { statistics } from "@longshore/core/stats";
import { type MemoryOptions, memory } from "@longshore/memory";
import { type Factory, aCount, aDuration, aFunction, aLease, factory } from "./factory.ts";

export const stores: readonly Factory[] = [
  factory<MemoryOptions>("memory", memory, {
    clock: aFunction,
    lease: aLease,
    maxKept: aCount,
    deadKeep: aDuration,
    maxDead: aCount,
    stats: { good: [statistics()], bad: [statistics] },
  }),
];
