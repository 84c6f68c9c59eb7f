import { between, randomFor, pick } from "./random.ts";
import { FAULT_KINDS, type FaultKind, type Injected, type Rates } from "./faults.ts";
import type { PlannedSchedule } from "./occurrences.ts";

/** Everything that determines one history: plain data, so that it can be kept in a file. */
export type Plan = {
  readonly seed: number;
  /** Whether the producer and the handlers follow the script. */
  readonly script?: boolean;
  readonly producers: number;
  readonly workers: number;
  readonly schedulers: number;
  readonly operators: number;
  /** How many processes of the subject's extension, if it has one. Default: 0. */
  readonly extras?: number;
  /** The `priorityAge` of some of its workers, if the store knows it. Default: 0, none. */
  readonly priorityAgeMs?: number;
  /** How many jobs each producer enqueues. */
  readonly jobs: number;
  /** How long faults occur. */
  readonly chaosMs: number;
  /** How far a process's clock may be off. */
  readonly skewMs: number;
  readonly schedules: readonly PlannedSchedule[];
  readonly rates: Rates;
  /** Uses exactly these faults and ignores the rates. */
  readonly only?: Injected;
  /** Lets the process of this life die at its n-th wait. */
  readonly crashAt?: { readonly process: string; readonly wait: number };
};

/** Percentages per call, or per minute for crashes and clocks. Each history uses some of them, more or less of each. */
const USUAL: Rates = {
  refused: 3,
  lostReply: 3,
  hung: 1,
  unsent: 1,
  slow: 2,
  doubled: 2,
  crashBefore: 0.4,
  crashAfter: 0.4,
  lostWake: 30,
  crash: 60,
  clockJump: 30,
  storeClockJump: 20,
};

export const NO_FAULTS: Rates = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Rates; // all of them

/** Faults occur for several leases of the store, so that many of them expire. */
export function drawPlan(seed: number, leaseMs: number): Plan {
  const random = randomFor(seed, "plan");
  const rate = (kind: FaultKind): number => (random() < 0.45 ? 0 : (USUAL[kind] / 100) * random() * 2);
  const rates = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, rate(kind)])) as Rates; // all of them
  const schedules: readonly PlannedSchedule[] = [
    { name: "latest", periodMs: pick(random, [10_000, 15_000]), missed: "latest" },
    { name: "each", periodMs: pick(random, [20_000, 30_000]), missed: { all: 1_000 } },
    { name: "fresh", periodMs: 30_000, missed: "skip" },
  ];
  return {
    seed,
    producers: between(random, 1, 3),
    workers: between(random, 1, 3),
    schedulers: 2,
    operators: between(random, 0, 2),
    jobs: between(random, 5, 20),
    chaosMs: between(random, 1, 5) * leaseMs,
    skewMs: random() < 0.5 ? 0 : 600_000,
    schedules: schedules.slice(0, between(random, 1, 3)),
    rates,
    extras: random() < 0.5 ? 0 : between(random, 1, 3),
    priorityAgeMs: random() < 0.5 ? 0 : pick(random, [100, 1_000, 10_000]),
  };
}
