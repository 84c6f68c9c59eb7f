import type { Adapter, Inspect, Schedules, Stats } from "@longshore/core/adapter";
import { type Schema, defineJob, fixed } from "@longshore/core";
import type { Extension, ExtensionActor } from "@longshore/simulator";
import { type Evaluations, watchEvaluations } from "./evaluations.ts";
import { ALERT_QUEUE, RULES, type Rules, ruleCursor } from "./rules.ts";

/** What an evaluator needs of a store. */
type WatchedStore = Adapter & Schedules & Stats & Pick<Inspect, "counts">;

/** Evaluates the rules once, as `evaluate` of `@longshore/signals` does. */
export type Evaluate = (store: WatchedStore, rules: Rules) => Promise<unknown>;

const input: Schema<unknown> = {
  "~standard": { version: 1, vendor: "longshore", validate: (value) => ({ value }) }, // as it was enqueued
};
/** Takes the place of the job that `@longshore/signals` delivers alerts with; the histories' workers run it. */
const alertJob = defineJob("longshore-alert", {
  input,
  queue: ALERT_QUEUE,
  timeout: "20s",
  keep: "10m",
  retry: fixed({ attempts: 3, delay: "1s" }),
});

/**
 * Lets processes evaluate alert rules in simulated histories, and checks the alerts against what the store's rows say.
 * The function is given, so the checks do not know how it decides.
 */
export function alertEvaluators(evaluate: Evaluate): Extension {
  return {
    name: "evaluator",
    jobs: [alertJob],
    slots: { [ALERT_QUEUE]: 1 },
    owns: (cursor) => ruleCursor(cursor) !== undefined,
    observe(rows, fail) {
      const evaluations = watchEvaluations(RULES, rows, fail);
      return { ...evaluations, run: (actor) => run(actor, evaluations, evaluate) };
    },
  };
}

/** Evaluates the rules every few seconds. Like a cron trigger, it sometimes calls twice. */
async function run(
  { process, store, quiet, attempt }: ExtensionActor,
  evaluations: Evaluations,
  evaluate: Evaluate,
): Promise<void> {
  const { random } = process;
  const once = async (): Promise<void> => {
    const evaluation = evaluations.begin(process);
    const advance: typeof store.advance = (steps) => {
      steps.forEach(evaluation.advances);
      return store.advance(steps);
    };
    await evaluate({ ...store, advance }, RULES);
    evaluation.ended();
  };
  for (;;) {
    await process.sleep(quiet() ? 10_000 + random() * 10_000 : random() * 8_000);
    const calls = !quiet() && random() < 0.3 ? 2 : 1;
    await Promise.all(Array.from({ length: calls }, () => attempt(once)));
  }
}
