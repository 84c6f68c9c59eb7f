import { type Duration, LongshoreError } from "@longshore/core";
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
  toMs,
} from "@longshore/core/adapter";

import { type AllowList, type EventCounts, anAllowList } from "./metrics.ts";

/** What a rule looks at. */
export type Measure =
  /** Jobs of the deepest queue in these states. Default: those that a claim would take, `enqueued` and `stalled`. */
  | { readonly measure: "depth"; readonly states?: readonly JobState[] | undefined }
  /** How long ago the oldest waiting job became due, in ms. */
  | { readonly measure: "oldestWait" }
  /** How many in the window, all queues together; the alert names the queue with most of them. */
  | { readonly measure: keyof EventCounts }
  /**
   * How many times a job name's p99 of the processing time in the last hour is that of the day before that hour. Names
   * with fewer than `samples` attempts in that day are not looked at. For metrics of the window `"hour"`.
   */
  | { readonly measure: "slowdown"; readonly samples: number }
  /**
   * How many fewer workers are alive than expected. Only those count that make themselves known (`withHeartbeat`), and
   * where none has within a day, none is missing: what an alarm or a delivery runs has no number.
   */
  | { readonly measure: "missingWorkers"; readonly expected: number };

export type Severity = "warning" | "critical";

/** When to tell somebody. */
export type AlertRule = Measure & {
  readonly severity: Severity;
  /** The threshold: the rule's condition holds above it. */
  readonly above: number;
  /** How long the condition must hold before the rule fires. Default: 0. */
  readonly for?: Duration | undefined;
  /** What has fired resolves at or below this. Default: 80 % of `above`, so that a value on the edge does not flap. */
  readonly resolveAt?: number | undefined;
  /** How long a rule that resolved is quiet. Default: 15 minutes. */
  readonly cooldown?: Duration | undefined;
  /** Default: all queues and all names. */
  readonly only?: AllowList | undefined;
};

type RuleOf<M extends Measure["measure"]> = Extract<AlertRule, { readonly measure: M }>;

/** Rules by their names: 1 to 100 letters, digits, `_` and `-`. A name is the rule's identity in the store. */
export type AlertRules = Readonly<Record<string, AlertRule>>;

/**
 * A queue deeper than 1 000 for five minutes, a dead letter that nobody has dealt with, more than fifty new ones within
 * the hour, a job name that became twice as slow, and no worker alive where there was one. One line changes one of them:
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

const NAME = /^[a-z\d][\w-]{0,99}$/i;
const COOLDOWN = "15m";
const EASED = 0.8;

/** A rule with its name, and with its defaults filled in. */
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
/** What the rules of each measure may say. */
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

/** Fails with `invalid_name`, `invalid_option` or `invalid_duration`. */
export function namedRules(rules: AlertRules): NamedRule[] {
  anObject(rules, "rules");
  return Object.entries(rules).map(([name, rule]) => {
    if (!NAME.test(name)) {
      throw new LongshoreError(
        "invalid_name",
        `The rule name must be text like ${NAME}; got ${JSON.stringify(name.slice(0, 60))}.`,
      );
    }
    checkRule(`the rule ${name}`, rule);
    const { above, for: lasting = 0, cooldown = COOLDOWN, resolveAt = above * EASED } = rule;
    return { ...rule, name, forMs: toMs(lasting), cooldownMs: toMs(cooldown), resolveAt };
  });
}
