import type { Need } from "@longshore/conformance";
import { AssertionError, missing } from "@longshore/conformance/tools";
import type { MakeSimulated } from "./subject.ts";
import type { Traits } from "@longshore/core/adapter";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import { type History, runHistory } from "./history.ts";
import { type Line, table } from "./journal.ts";
import { type Plan, drawPlan } from "./plan.ts";
import { shrink } from "./shrink.ts";
import type { Counters } from "./checker.ts";

export type SimulateOptions = {
  /** The seed of the first history; the others follow from it. The same seed makes the same histories. */
  readonly seed: number;
  /** How many histories to run. Default: 100. */
  readonly histories?: number;
  /** Called before each history. False ends the simulation early. */
  readonly shouldContinue?: (simulated: number) => boolean;
  /** How many times to rerun a failing history to make it smaller. Default: 300. */
  readonly shrinks?: number;
  /** Whether to keep the lines of the last history. */
  readonly trace?: boolean;
};

/** A history that broke an invariant. */
export type Failure = {
  readonly seed: number;
  /** One of `INVARIANTS`, or of the subject's extension. */
  readonly invariant: string;
  readonly message: string;
  /** The smallest history found, for `replay`. */
  readonly plan: Plan;
  /** The same history for people: time, actor, operation, result, fault. */
  readonly table: string;
};

export type Simulation = {
  readonly histories: number;
  readonly events: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** At most one: the first ends the simulation. */
  readonly violations: readonly Failure[];
  readonly counters: Counters;
  /** Of the last history, if it was traced. */
  readonly lines: readonly Line[];
};

/** One history in this many is run twice, and must be the same both times. */
const REPEAT_EVERY = 100;

/**
 * Runs whole histories of the real queue, worker and schedules over a full store, with virtual time and seeded
 * randomness: producers, workers that crash and return, schedulers, operators, the processes of an extension if
 * the subject has one, and a connection to the store that loses, doubles and delays calls. Checks every invariant after
 * each call that the store carries out, and at the end.
 */
export async function simulate(make: MakeSimulated, options: SimulateOptions): Promise<Simulation> {
  const { leaseMs } = await traitsOf(make);
  const { seed, histories = 100, shouldContinue = () => true, shrinks = 300, trace = false } = options;
  const faults = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>; // all of them
  const counters = { attempted: 0, acknowledged: 0, lost: 0, unexpected: 0, duplicated: 0, recovered: 0 };
  const violations: Failure[] = [];
  let events = 0;
  let simulated = 0;
  let lines: readonly Line[] = [];
  while (simulated < histories && violations.length === 0 && shouldContinue(simulated)) {
    const history = await runHistory(make, drawPlan(seed + simulated, leaseMs), { trace });
    lines = history.lines;
    simulated += 1;
    events += history.events;
    for (const kind of Object.values(history.injected)) faults[kind] += 1;
    for (const [name, count] of Object.entries(history.counters)) counters[name as keyof Counters] += count;
    if (history.violation !== undefined) violations.push(await explain(make, history, shrinks));
    else if (simulated % REPEAT_EVERY === 0) violations.push(...(await checkRepeats(make, history)));
  }
  return { histories: simulated, events, faults, violations, counters, lines };
}

/** Runs a history again, from a failure or a file. */
export function replay(make: MakeSimulated, plan: Plan): Promise<History> {
  return runHistory(make, plan, { trace: true });
}

export async function explain(make: MakeSimulated, failed: History, shrinks: number): Promise<Failure> {
  const { plan } = await shrink(make, failed, shrinks);
  const { violation, lines } = await replay(make, plan);
  const { invariant, message } = violation ??
    failed.violation ?? { invariant: "transitions", message: "it passed when repeated" };
  return { seed: failed.plan.seed, invariant, message, plan, table: table(lines) };
}

async function checkRepeats(make: MakeSimulated, history: History): Promise<readonly Failure[]> {
  const again = await runHistory(make, history.plan);
  if (again.hash === history.hash) return [];
  const { plan } = history;
  const message = `the seed ${plan.seed} makes two histories: ${history.hash} and ${again.hash}`;
  return [{ seed: plan.seed, invariant: "determinism", message, plan, table: "" }];
}

const NEEDED: readonly Need[] = [
  "Pull",
  "Renew",
  "Wake",
  "Inspect",
  "Control",
  "Prune",
  "Schedules",
  "unique",
  "ordered",
  "fenced",
];

/** Reads the store's traits. Refuses a store that is not full. */
export async function traitsOf(make: MakeSimulated): Promise<Traits> {
  const subject = await make({ clock: { now: () => 0 } });
  await subject.dispose?.();
  const reasons = NEEDED.map((need) => missing(need, subject)).filter((reason) => reason !== undefined);
  if (reasons.length > 0) throw new AssertionError(`the simulator is for full stores: ${reasons.join("; ")}`);
  return subject.adapter.traits;
}
