import type { MakeSimulated } from "./subject.ts";
import type { Injected } from "./faults.ts";
import { type History, runHistory } from "./history.ts";
import { NO_FAULTS, type Plan } from "./plan.ts";

/**
 * Finds a small history that breaks the same invariant: with fewer actors and jobs, less time, and only the faults that
 * matter.
 */
export async function shrink(make: MakeSimulated, failed: History, most: number): Promise<History> {
  let best = failed;
  let tries = 0;

  /** Keeps the plan if its history fails in the same way. */
  const tryPlan = async (plan: Plan): Promise<boolean> => {
    if (tries++ >= most) return false;
    const history = await runHistory(make, plan);
    if (history.violation?.invariant !== failed.violation?.invariant) return false;
    best = history;
    return true;
  };
  const tryFaults = (only: Injected): Promise<boolean> => tryPlan({ ...best.plan, rates: NO_FAULTS, only });

  // From here on the faults are fixed, so that removing anything else does not move them.
  await tryFaults(failed.injected);
  const reduce = async (): Promise<void> => {
    // The script cannot be reduced.
    for (const less of failed.plan.script === true ? [] : reductions) {
      for (let plan = less(best.plan); plan !== undefined; plan = less(best.plan)) if (!(await tryPlan(plan))) break;
    }
  };
  await reduce();
  await dropFaults(() => best.injected, tryFaults);
  await reduce();
  return best;
}

const ATOMS = ["operators", "extras", "producers", "workers", "schedulers", "jobs"] as const;

/** Each makes a plan smaller in one way, or returns undefined if it cannot. */
const reductions: readonly ((plan: Plan) => Plan | undefined)[] = [
  ...ATOMS.map((what) => (plan: Plan) => {
    const least = what === "producers" || what === "workers" || what === "jobs" ? 1 : 0;
    const fewer = what === "jobs" ? Math.floor(plan.jobs / 2) : (plan[what] ?? 0) - 1;
    return fewer < least ? undefined : { ...plan, [what]: fewer };
  }),
  (plan) => (plan.schedules.length > 1 ? { ...plan, schedules: plan.schedules.slice(1) } : undefined),
  (plan) => ((plan.priorityAgeMs ?? 0) > 0 ? { ...plan, priorityAgeMs: 0 } : undefined),
  (plan) => (plan.skewMs > 0 ? { ...plan, skewMs: 0 } : undefined),
  (plan) => (plan.chaosMs > 2_000 ? { ...plan, chaosMs: Math.floor(plan.chaosMs / 2) } : undefined),
];

/** Leaves out ever smaller parts of the faults while the rest still fails (Zeller's ddmin). */
async function dropFaults(injected: () => Injected, tryFaults: (only: Injected) => Promise<boolean>): Promise<void> {
  const count = (): number => Object.keys(injected()).length;
  for (let size = Math.ceil(count() / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < count();) {
      const rest = Object.entries(injected()).filter((_, i) => i < from || i >= from + size);
      if (!(await tryFaults(Object.fromEntries(rest)))) from += size;
    }
  }
}
