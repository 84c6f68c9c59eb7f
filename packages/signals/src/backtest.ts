import { anObject, listOf } from "@longshore/core/adapter";

import { type Alert, alertOf } from "./alert.ts";
import { type RuleState, decide } from "./decision.ts";
import type { Metrics } from "./metrics.ts";
import { readingOf } from "./reading.ts";
import { type AlertRules, namedRules } from "./rules.ts";

/** The answer of `metrics` (over the hour), and its time in ms since the epoch. */
export type RecordedMetrics = { readonly at: number; readonly metrics: Metrics };

/**
 * Tells which alerts rules would have sent for recorded metrics, in order of time: for trying a rule before you use it.
 * `history` is in order of time; at each of its moments a rule decides as `evaluate` would have done. Fails with
 * `invalid_name` or `invalid_option`.
 */
export function backtest(rules: AlertRules, history: readonly RecordedMetrics[]): readonly Alert[] {
  const named = namedRules(rules);
  listOf(anObject)(history, "history of backtest");
  const [first] = history;
  if (first === undefined) return [];
  const begin: RuleState = { fine: first.at, fired: first.at, resolved: first.at };
  const replays = named.map((rule) => ({ rule, ruleState: begin }));
  return history.flatMap(({ at, metrics }) =>
    replays.flatMap((replay) => {
      const reading = readingOf(replay.rule, metrics);
      const decision = decide(replay.rule, replay.ruleState, reading.value, at);
      replay.ruleState = { ...replay.ruleState, ...decision };
      if (decision.fired !== undefined) return [alertOf(replay.rule, reading, "firing", at)];
      return decision.resolved === undefined ? [] : [alertOf(replay.rule, reading, "resolved", at)];
    }),
  );
}
