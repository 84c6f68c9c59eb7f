import { Unmet } from "../expect.ts";
import { type Need, missing } from "../need.ts";
import { seeded } from "../random.ts";
import type { Make } from "../subject.ts";
import { startDuel } from "./duel.ts";
import { nextStep } from "./generate.ts";
import { type Step, describeStep } from "./steps.ts";

export type DifferentialOptions = {
  /** Same seed, same history. */
  readonly seed: number;
  /** How many steps the history has. */
  readonly operations: number;
  /** How often a failing history is tried again with less in it. Default: 300. */
  readonly shrinks?: number;
};

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

/**
 * Walks a full store and the model through one random history and compares every answer and everything that can be
 * seen from outside after each step. Rejects with the shortest failing history that it finds. A subject that can
 * `reopen` is killed now and then.
 */
export async function checkAgainstModel(make: Make, options: DifferentialOptions): Promise<void> {
  await refuseOthers(make);
  const { seed, operations, shrinks = 300 } = options;
  const failed = await explore(make, seed, operations);
  if (failed === undefined) return;
  const { steps, difference } = await shrink(make, failed, shrinks);
  const history = steps.map(describeStep).join("\n");
  throw new Unmet(`with the seed ${seed} the adapter differs from the model after\n${history}\n${difference}`);
}

type Failed = { readonly steps: readonly Step[]; readonly difference: string };

async function refuseOthers(make: Make): Promise<void> {
  const subject = await make({ clock: { now: () => 0 } });
  await subject.dispose?.();
  const reasons = NEEDED.map((need) => missing(need, subject)).filter((reason) => reason !== undefined);
  if (reasons.length > 0) throw new Unmet(`the model is of a full store: ${reasons.join("; ")}`);
}

async function explore(make: Make, seed: number, operations: number): Promise<Failed | undefined> {
  const random = seeded(seed);
  const duel = await startDuel(make);
  const steps: Step[] = [];
  try {
    while (steps.length < operations) {
      const step = nextStep(random, duel.state, duel.now(), duel.claims, duel.reopens);
      steps.push(step);
      const difference = await attempt(() => duel.step(step));
      if (difference !== undefined) return { steps, difference };
    }
    return undefined;
  } finally {
    await duel.dispose();
  }
}

async function replay(make: Make, steps: readonly Step[]): Promise<Failed | undefined> {
  const duel = await startDuel(make);
  try {
    for (const [i, step] of steps.entries()) {
      const difference = await attempt(() => duel.step(step));
      if (difference !== undefined) return { steps: steps.slice(0, i + 1), difference };
    }
    return undefined;
  } finally {
    await duel.dispose();
  }
}

/** A store that throws where nothing is wrong differs, too. */
async function attempt(step: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await step();
  } catch (error) {
    return `the adapter threw: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Leaves out ever smaller pieces for as long as the rest still fails. */
async function shrink(make: Make, failed: Failed, most: number): Promise<Failed> {
  let best = failed;
  let tries = 0;
  for (let size = Math.ceil(failed.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.steps.length && tries < most;) {
      tries++;
      const less = await replay(make, [...best.steps.slice(0, from), ...best.steps.slice(from + size)]);
      if (less === undefined) from += size;
      else best = less;
    }
  }
  return best;
}
