import * as fc from "fast-check";
import { isError } from "@longshore/core/adapter";
import { Unmet } from "../expect.ts";

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
 * A step in the making. Its small numbers get their meaning from what the model knows at its turn. So a history still
 * has a meaning if earlier steps are left out.
 */
export type Move<Guide, S extends Step = Step> = (guide: Guide) => S;

/** Two sides that get the same calls, and the model that turns moves into steps. */
export type Match<Guide, S extends Step = Step> = {
  readonly guide: Guide;
  /** Does one step on both sides. Returns how they differ, or undefined if they do not. */
  step(step: S): Promise<string | undefined>;
  dispose(): Promise<void>;
};

const HISTORIES = 2;

/**
 * Runs random histories through new matches. Rejects with the shortest failing one that fast-check finds: its steps,
 * the difference, and how to reproduce it.
 */
export async function explore<Guide extends object, S extends Step>(
  who: string,
  moves: fc.Arbitrary<Move<Guide, S>>,
  start: () => Promise<Match<Guide, S>>,
  options: HistoryOptions,
): Promise<void> {
  const { seed, operations, shrinks = 1_000, replay = "" } = options;
  const [path = "", replayPath] = replay.split(" ");
  const histories = fc.commands([moves.map(commandOf)], {
    maxCommands: operations,
    size: "max",
    ...(replayPath !== undefined && { replayPath }),
  });
  // A replay goes exactly as far as the first run.
  const limited = replay === "" ? fc.limitShrink(histories, shrinks) : histories;
  const property = fc.asyncProperty(limited, async (history) => {
    const match = await start();
    const steps: Step[] = [];
    try {
      await fc.asyncModelRun(() => ({ model: match.guide, real: { match, steps } }), history);
    } finally {
      await match.dispose();
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
  throw new Unmet(
    [
      `with the seed ${seed} ${who} after`,
      ...errorInstance.steps.map(describeStep),
      errorInstance.message,
      `again: { seed: ${seed}, operations: ${operations}, replay: "${counterexamplePath} ${executed}" }`,
    ].join("\n"),
  );
}

type Real<Guide, S extends Step> = { readonly match: Match<Guide, S>; readonly steps: Step[] };

function commandOf<Guide extends object, S extends Step>(move: Move<Guide, S>): fc.AsyncCommand<Guide, Real<Guide, S>> {
  return {
    check: () => true,
    async run(guide, { match, steps }) {
      const step = move(guide);
      steps.push(step);
      const difference = await attempt(() => match.step(step));
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
