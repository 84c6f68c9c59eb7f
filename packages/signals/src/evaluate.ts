import { type Definition, type Schema, systemPlatform } from "@longshore/core";
import {
  type Adapter,
  type ScheduleRef,
  type Schedules,
  reservedJob,
  schedulePartition,
  type Checks,
  aDefinition,
  anObject,
  backendFailure,
  checkOptions,
  withMethods,
} from "@longshore/core/adapter";

import { type Alert, alertJob, alertOf } from "./alert.ts";
import { type RuleState, decide } from "./decision.ts";
import { type MetricsStore, type PartialMetrics, readMetrics } from "./metrics.ts";
import { readingOf, statesOf } from "./reading.ts";
import { type AlertRules, type NamedRule, namedRules } from "./rules.ts";

/** A store that can also keep the state of rules and deliver alerts. */
export type AlertStore = Adapter & Schedules & MetricsStore;

export type EvaluateOptions = {
  readonly rules: AlertRules;
  /** The job that delivers an alert. Default: `alertJob`. */
  readonly alert?: Definition<Schema<Alert>> | undefined;
};

const CHECKS: Checks<EvaluateOptions> = { rules: anObject, alert: aDefinition };

/**
 * Checks a store once, over the last hour, and fires or resolves rules. Call it each minute: from a schedule's job, a
 * cron trigger, a timer. The store keeps the result in the operation that inserts the alert's job. So of many
 * concurrent calls only one fires, and a call that dies midway fires neither twice nor never. Returns what this call
 * fired and resolved. Fails with `invalid_name` or `invalid_option` for a rule, and with `backend_failed`.
 *
 * ```ts
 * await evaluate(adapter, { rules: defaultRules });
 * ```
 */
export async function evaluate(adapter: AlertStore, options: EvaluateOptions): Promise<readonly Alert[]> {
  withMethods("declare", "advance", "counts", "stats")(adapter, "adapter of evaluate");
  checkOptions("evaluate", options ?? {}, CHECKS);
  anObject(options?.rules, "rules of evaluate");
  const { alert = alertJob } = options;
  const rules = namedRules(options.rules);
  if (rules.length === 0) return [];
  try {
    return await evaluateRules(adapter, rules, alert);
  } catch (error) {
    throw backendFailure("evaluate", error);
  }
}

async function evaluateRules(
  adapter: AlertStore,
  rules: readonly NamedRule[],
  alert: Definition<Schema<Alert>>,
): Promise<readonly Alert[]> {
  const { now, ruleStates } = await declareRules(adapter, rules);
  const seen = await readMetrics(adapter, { states: [...new Set(rules.flatMap(statesOf))] });
  const results = await Promise.allSettled(
    rules.map((rule, i) =>
      evaluateRule(adapter, rule, ruleStates[i] ?? { fine: now, fired: now, resolved: now }, seen, now, alert),
    ),
  );
  // A rule whose shard is unavailable must not stop the other rules.
  for (const told of results) if (told.status === "rejected") throw told.reason;
  return results.flatMap((told) => (told.status === "fulfilled" && told.value ? [told.value] : []));
}

type RuleStates = { readonly now: number; readonly ruleStates: readonly RuleState[] };

async function declareRules(adapter: Schedules, rules: readonly NamedRule[]): Promise<RuleStates> {
  // First, because a rule whose `fired` came long after its `resolved` would count as firing.
  const fired = await adapter.declare(rules.map((rule) => rowOf(rule, "fired")));
  const rest = await adapter.declare(rules.flatMap((rule) => [rowOf(rule, "fine"), rowOf(rule, "resolved")]));
  const now = Math.max(fired.now, rest.now);
  const ruleStates = rules.map((_, i) => ({
    fired: fired.rows[i]?.cursor ?? now,
    fine: rest.rows[2 * i]?.cursor ?? now,
    resolved: rest.rows[2 * i + 1]?.cursor ?? now,
  }));
  return { now, ruleStates };
}

/** A schedule's name never begins with a `$`, and its rule is never empty, so these rows collide with no schedule. */
function rowOf({ name }: NamedRule, row: keyof RuleState): ScheduleRef {
  return { name: `$alert:${name}:${row}`, rule: "" };
}

async function evaluateRule(
  adapter: AlertStore,
  rule: NamedRule,
  ruleState: RuleState,
  seen: PartialMetrics,
  now: number,
  alert: Definition<Schema<Alert>>,
): Promise<Alert | undefined> {
  const reading = readingOf(rule, seen);
  const { fine, ...change } = decide(rule, ruleState, reading.value, now);
  if (fine !== undefined) await adapter.advance([{ ...rowOf(rule, "fine"), from: ruleState.fine, to: fine }]);
  const row = change.fired === undefined ? "resolved" : "fired";
  const to = change[row];
  if (to === undefined) return undefined;
  const told = alertOf(rule, reading, row === "fired" ? "firing" : "resolved", now);
  const ref = rowOf(rule, row);
  // Put in the shard of the row, with an id that names this move.
  const own = { id: `${ref.name}:${to}`, partition: schedulePartition(ref.name), metadata: { $rule: rule.name } };
  const request = { definition: alert, input: told, options: {} };
  const job = await reservedJob(request, own, adapter.traits, systemPlatform);
  const [answer] = await adapter.advance([{ ...ref, from: ruleState[row], to, job }]);
  // Otherwise another call moved it first.
  return answer?.status === "moved" ? told : undefined;
}
