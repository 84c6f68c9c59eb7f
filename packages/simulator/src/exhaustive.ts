import type { MakeSimulated } from "./subject.ts";
import { CALL_FAULTS, type Injected } from "./faults.ts";
import { type History, runHistory } from "./history.ts";
import type { Plan } from "./plan.ts";
import { scriptPlan } from "./script.ts";
import { type Failure, explain, traitsOf } from "./simulate.ts";

/** The result of putting faults into each place of the script. */
export type ExhaustiveResult = {
  /** How many calls of the store, or how many waits for something external. */
  readonly places: number;
  readonly runs: number;
  readonly failures: readonly Failure[];
};

/** Called before each run. False ends the search early. */
type ShouldContinue = (runs: number) => boolean;
const always: ShouldContinue = () => true;

/** Tries every kind of fault at every call of the store in the script. */
export async function everyFault(
  make: MakeSimulated,
  shouldContinue: ShouldContinue = always,
): Promise<ExhaustiveResult> {
  const { plan, calls } = await dryRun(make);
  const broken = calls.flatMap((place) => CALL_FAULTS.map((kind): Injected => ({ [place]: kind })));
  const plans = broken.map((only): Plan => ({ ...plan, only }));
  return { places: calls.length, ...(await runAll(make, plans, shouldContinue)) };
}

/** Tries every pair of faults at every pair of calls, or one in `every` of them, beginning with `offset`. */
export async function everyPair(
  make: MakeSimulated,
  {
    every = 1,
    offset = 0,
    shouldContinue = always,
  }: { readonly every?: number; readonly offset?: number; readonly shouldContinue?: ShouldContinue } = {},
): Promise<ExhaustiveResult> {
  const { plan, calls } = await dryRun(make);
  const plans = function* (): Generator<Plan> {
    let pair = 0;
    for (const [i, first] of calls.entries()) {
      for (const second of calls.slice(i + 1)) {
        for (const kind of CALL_FAULTS) {
          for (const other of CALL_FAULTS) {
            if (pair++ % every === offset % every) yield { ...plan, only: { [first]: kind, [second]: other } };
          }
        }
      }
    }
  };
  return { places: calls.length, ...(await runAll(make, plans(), shouldContinue)) };
}

/** Lets each process of the script die at everything that it waits for: a call, an answer, a timer, a handler. */
export async function everyCrash(
  make: MakeSimulated,
  shouldContinue: ShouldContinue = always,
): Promise<ExhaustiveResult> {
  const { plan, waits } = await dryRun(make);
  const plans = waits.map((crashAt): Plan => ({ ...plan, crashAt }));
  return { places: waits.length, ...(await runAll(make, plans, shouldContinue)) };
}

async function dryRun(make: MakeSimulated) {
  const { leaseMs } = await traitsOf(make);
  const plan = scriptPlan(leaseMs);
  const { violation, reach } = await runHistory(make, plan);
  if (violation !== undefined) throw new Error(`the script fails without a fault: ${violation.message}`);
  const places = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
  return {
    plan,
    calls: reach.flatMap(({ process, calls }) => places(calls).map((call) => `${process}#${call}`)),
    waits: reach.flatMap(({ process, waits }) => places(waits).map((wait) => ({ process, wait }))),
  };
}

async function runAll(
  make: MakeSimulated,
  plans: Iterable<Plan>,
  shouldContinue: ShouldContinue,
): Promise<Omit<ExhaustiveResult, "places">> {
  let runs = 0;
  for (const plan of plans) {
    if (!shouldContinue(runs)) break;
    runs += 1;
    const history: History = await runHistory(make, plan);
    if (history.violation !== undefined) return { runs, failures: [await explain(make, history, 100)] };
  }
  return { runs, failures: [] };
}
