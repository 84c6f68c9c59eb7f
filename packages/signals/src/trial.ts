import { anObject, listOf } from "@longshore/core/adapter";

import { type Alert, alertOf } from "./alert.ts";
import { type Memory, decide } from "./decision.ts";
import type { Metrics } from "./metrics.ts";
import { readingOf } from "./reading.ts";
import { type AlertRules, namedRules } from "./rules.ts";

/** What `metrics` answered (over the hour), and when, in ms since the epoch. */
export type Recorded = { readonly at: number; readonly metrics: Metrics };

/**
 * What rules would have told over recorded metrics, in the order of their telling: for trying a rule before it is
 * switched on. `history` is in the order of time; a rule decides at each of its moments as `evaluate` would have then.
 * Fails with `invalid_name` or `invalid_option`.
 */
export function tryRules(rules: AlertRules, history: readonly Recorded[]): readonly Alert[] {
  const named = namedRules(rules);
  listOf(anObject)(history, "history of tryRules");
  const [first] = history;
  if (first === undefined) return [];
  const begin: Memory = { fine: first.at, fired: first.at, resolved: first.at };
  const trials = named.map((rule) => ({ rule, memory: begin }));
  return history.flatMap(({ at, metrics }) =>
    trials.flatMap((trial) => {
      const reading = readingOf(trial.rule, metrics);
      const decision = decide(trial.rule, trial.memory, reading.value, at);
      trial.memory = { ...trial.memory, ...decision };
      if (decision.fired !== undefined) return [alertOf(trial.rule, reading, "firing", at)];
      return decision.resolved === undefined ? [] : [alertOf(trial.rule, reading, "resolved", at)];
    }),
  );
}
