import type { Duration } from "@longshore/core";
import {
  type Check,
  type Checks,
  type JobState,
  aState,
  anObject,
  anything,
  checkOptions,
  duration,
  integer,
  listOf,
  number,
  oneOf,
  text,
  toMs,
} from "@longshore/core/adapter";

import { type AllowList, type EventCounts, anAllowList } from "./metrics.ts";

/** What a rule measures. */
export type Measure =
  /** Jobs in these states in the deepest queue. Default: the claimable states, `enqueued` and `stalled`. */
  | { readonly measure: "depth"; readonly states?: readonly JobState[] | undefined }
  /** How long ago the oldest waiting job became due, in ms. */
  | { readonly measure: "oldestWait" }
  /** How many in the window, in all queues; the alert names the queue with most of them. */
  | { readonly measure: keyof EventCounts }
  /**
   * A job name's p99 processing time of the last hour, divided by that of the day before that hour. Ignores names with
   * fewer than `samples` attempts in that day. For metrics of the window `"hour"`.
   */
  | { readonly measure: "slowdown"; readonly samples: number }
  /**
   * How many fewer workers are alive than expected. Only workers with `withHeartbeat` count. If none has announced
   * itself within a day, none is missing, because jobs that an alarm or a delivery runs have no number of workers.
   */
  | { readonly measure: "missingWorkers"; readonly expected: number };

export type Severity = "warning" | "critical";

/** When to send an alert. */
export type AlertRule = Measure & {
  readonly severity: Severity;
  /** The threshold: the condition holds if the value is above it. */
  readonly above: number;
  /** How long the condition must hold before the rule fires. Default: 0. */
  readonly for?: Duration | undefined;
  /**
   * A rule that fired resolves at or below this. Default: 80 % of `above`, so that a value at the edge does not flap.
   */
  readonly resolveAt?: number | undefined;
  /** How long a rule stays quiet after it resolved. Default: 15 minutes. */
  readonly cooldown?: Duration | undefined;
  /** The queues and names to check. Default: all. */
  readonly only?: AllowList | undefined;
};

type RuleOf<M extends Measure["measure"]> = Extract<AlertRule, { readonly measure: M }>;

/** Rules by name: 1 to 100 letters, digits, `_` and `-`. The name identifies the rule in the store. */
export type AlertRules = Readonly<Record<string, AlertRule>>;

/**
 * Alerts about a queue deeper than 1 000 for five minutes, a dead letter that nobody has handled, more than fifty new
 * ones within an hour, a job name that became twice as slow, and no live worker where there was one. To change a rule:
 *
 * ```ts
 * const rules = { ...defaultRules, fewWorkers: { ...defaultRules.fewWorkers, expected: 3 } };
 * ```
 */
export const defaultRules: {
  readonly depth: RuleOf<"depth">;
  readonly deadLetters: RuleOf<"depth">;
  readonly manyDeadLetters: RuleOf<keyof EventCounts>;
  readonly slowdown: RuleOf<"slowdown">;
  readonly fewWorkers: RuleOf<"missingWorkers">;
} = {
  depth: { severity: "warning", measure: "depth", above: 1_000, for: "5m" },
  deadLetters: { severity: "warning", measure: "depth", states: ["dead"], above: 0 },
  manyDeadLetters: { severity: "critical", measure: "dead", above: 50 },
  slowdown: { severity: "warning", measure: "slowdown", samples: 100, above: 2 },
  fewWorkers: { severity: "critical", measure: "missingWorkers", expected: 1, above: 0 },
};

const aRuleName = text(
  "1 to 100 ASCII letters, digits, _ or -, the first a letter or digit",
  /^[a-z\d][\w-]{0,99}$/i,
  "invalid_name",
);
const COOLDOWN = "15m";
const EASED = 0.8;

/** A rule with its name and defaults. */
export type NamedRule = AlertRule & {
  readonly name: string;
  readonly resolveAt: number;
  readonly forMs: number;
  readonly cooldownMs: number;
};

const SHARED: Checks<Omit<RuleOf<"oldestWait">, "measure">> = {
  severity: oneOf("warning", "critical"),
  above: number(0),
  for: duration(),
  resolveAt: number(0),
  cooldown: duration(),
  only: anAllowList,
};
const COUNTED = { measure: anything, ...SHARED };
/** The options that rules of each measure may have. */
const CHECKS: Readonly<Record<Measure["measure"], Readonly<Record<string, Check>>>> = {
  depth: { ...COUNTED, states: listOf(aState) } satisfies Checks<RuleOf<"depth">>,
  oldestWait: COUNTED,
  enqueued: COUNTED,
  completed: COUNTED,
  failed: COUNTED,
  dead: COUNTED,
  slowdown: { ...COUNTED, samples: integer(0) } satisfies Checks<RuleOf<"slowdown">>,
  missingWorkers: { ...COUNTED, expected: integer(0) } satisfies Checks<RuleOf<"missingWorkers">>,
};

function checkRule(what: string, rule: AlertRule): void {
  anObject(rule, what);
  const { measure, severity, above, resolveAt = 0 } = rule;
  oneOf(...Object.keys(CHECKS))(measure, `measure of ${what}`);
  checkOptions(what, rule, CHECKS[measure]);
  SHARED.severity(severity, `severity of ${what}`);
  SHARED.above(above, `above of ${what}`);
  number(0, above)(resolveAt, `resolveAt of ${what}`);
  if (measure === "missingWorkers") integer(0)(rule.expected, `expected of ${what}`);
  if (measure === "slowdown") integer(0)(rule.samples, `samples of ${what}`);
}

/** Checks rules and fills in defaults. Fails with `invalid_name`, `invalid_option` or `invalid_duration`. */
export function namedRules(rules: AlertRules): NamedRule[] {
  anObject(rules, "rules");
  return Object.entries(rules).map(([name, rule]) => {
    aRuleName(name, "rule name");
    checkRule(`the rule ${name}`, rule);
    const { above, for: lasting = 0, cooldown = COOLDOWN, resolveAt = above * EASED } = rule;
    return { ...rule, name, forMs: toMs(lasting), cooldownMs: toMs(cooldown), resolveAt };
  });
}
