import * as fc from "fast-check";
import { isError } from "@longshore/core/adapter";
import { AssertionError } from "../expect.ts";

export type HistoryOptions = {
  /** The same seed makes the same histories. */
  readonly seed: number;
  /** The most steps of a history. Two are run, each with a length drawn from the seed: half of this on average. */
  readonly operations: number;
  /** How often to try a failing history again with fewer steps. Default: 1 000. */
  readonly shrinks?: number;
  /** The text that a failure printed: goes straight to the shortest history that it found. */
  readonly replay?: string;
};

/** A wait, and then one operation. */
export type Step = {
  readonly waitMs: number;
  readonly operation: { readonly verb: string; readonly input: readonly unknown[] };
};

/**
 * A generated step. It holds small numbers, which become ids, tokens and times by what the model knows at its turn. So a
 * history still has a meaning if earlier steps are left out.
 */
export type MakeStep<Context, S extends Step = Step> = (context: Context) => S;

/** Two sides that get the same calls, and the model from which generated steps get their ids, tokens and times. */
export type Comparison<Context, S extends Step = Step> = {
  readonly context: Context;
  /** Does one step on both sides. Returns how they differ, or undefined if they do not. */
  step(step: S): Promise<string | undefined>;
  dispose(): Promise<void>;
};

const HISTORIES = 2;

/**
 * Runs random histories through new matches. Rejects with the shortest failing one that fast-check finds: its steps,
 * the difference, and how to reproduce it.
 */
export async function explore<Context extends object, S extends Step>(
  who: string,
  steps: fc.Arbitrary<MakeStep<Context, S>>,
  start: () => Promise<Comparison<Context, S>>,
  options: HistoryOptions,
): Promise<void> {
  const { seed, operations, shrinks = 1_000, replay = "" } = options;
  const [path = "", replayPath] = replay.split(" ");
  const histories = fc.commands([steps.map(commandOf)], {
    maxCommands: operations,
    size: "max",
    ...(replayPath !== undefined && { replayPath }),
  });
  // A replay goes exactly as far as the first run.
  const limited = replay === "" ? fc.limitShrink(histories, shrinks) : histories;
  const property = fc.asyncProperty(limited, async (history) => {
    const comparison = await start();
    const steps: Step[] = [];
    try {
      await fc.asyncModelRun(() => ({ model: comparison.context, real: { comparison, steps } }), history);
    } finally {
      await comparison.dispose();
    }
  });
  const { errorInstance, counterexample, counterexamplePath } = await fc.check(property, {
    seed,
    path,
    numRuns: HISTORIES,
    endOnFailure: replay !== "",
  });
  if (errorInstance === null) return;
  if (!(errorInstance instanceof Differing)) throw errorInstance;
  const [, executed = ""] = /replayPath="([^"]*)"/.exec(String(counterexample)) ?? [];
  throw new AssertionError(
    [
      `with the seed ${seed} ${who} after`,
      ...errorInstance.steps.map(describeStep),
      errorInstance.message,
      `again: { seed: ${seed}, operations: ${operations}, replay: "${counterexamplePath} ${executed}" }`,
    ].join("\n"),
  );
}

type Real<Context, S extends Step> = { readonly comparison: Comparison<Context, S>; readonly steps: Step[] };

function commandOf<Context extends object, S extends Step>(
  makeStep: MakeStep<Context, S>,
): fc.AsyncCommand<Context, Real<Context, S>> {
  return {
    check: () => true,
    async run(context, { comparison, steps }) {
      const step = makeStep(context);
      steps.push(step);
      const difference = await attempt(() => comparison.step(step));
      if (difference !== undefined) throw new Differing(difference, steps);
    },
    toString: () => "",
  };
}

class Differing extends Error {
  readonly steps: readonly Step[];
  constructor(difference: string, steps: readonly Step[]) {
    super(difference);
    this.steps = steps;
  }
}

/** An adapter that throws without a reason also differs. */
async function attempt(step: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await step();
  } catch (error) {
    return `it threw: ${isError(error) ? error.message : String(error)}`;
  }
}

function describeStep({ waitMs, operation }: Step, index: number): string {
  return `${String(index + 1).padStart(4)}. +${waitMs} ms ${operation.verb} ${JSON.stringify(operation.input)}`;
}
