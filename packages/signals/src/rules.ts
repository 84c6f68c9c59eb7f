import { LongshoreError } from "@longshore/core";
import type { JobState } from "@longshore/core/adapter";

import type { Only, Passed } from "./metrics.ts";

/** What a rule looks at. */
export type Measure =
  /** Jobs of the deepest queue in these states. Default: those that a claim would take, `enqueued` and `stalled`. */
  | { readonly measure: "depth"; readonly states?: readonly JobState[] }
  /** How long ago the oldest waiting job became due, in ms. */
  | { readonly measure: "oldestMs" }
  /** How many in the window, all queues together; the alert names the queue with most of them. */
  | { readonly measure: keyof Passed }
  /**
   * How many times a job name's p99 of the processing time in the last hour is that of the day before that hour. Names
   * with fewer than `samples` attempts in that day are not looked at. For metrics of the window `"hour"`.
   */
  | { readonly measure: "slowdown"; readonly samples: number }
  /**
   * How many fewer workers are alive than expected. Only those count that make themselves known (`withPresence`), and
   * where none has within a day, none is missing: what an alarm or a delivery runs has no number.
   */
  | { readonly measure: "missingWorkers"; readonly expected: number };

export type Severity = "warning" | "critical";

/** When to tell somebody. Times are ms. */
export type AlertRule = Measure & {
  readonly severity: Severity;
  /** The threshold: the rule's condition holds above it. */
  readonly above: number;
  /** How long the condition must hold before the rule fires. Default: 0. */
  readonly forMs?: number;
  /** What has fired resolves at or below this. Default: 80 % of `above`, so that a value on the edge does not flap. */
  readonly resolveAt?: number;
  /** How long a rule that resolved is quiet. Default: 15 minutes. */
  readonly pauseMs?: number;
  /** Default: all queues and all names. */
  readonly only?: Only;
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
  readonly manyDeadLetters: RuleOf<keyof Passed>;
  readonly slowdown: RuleOf<"slowdown">;
  readonly fewWorkers: RuleOf<"missingWorkers">;
} = {
  depth: { severity: "warning", measure: "depth", above: 1_000, forMs: 300_000 },
  deadLetters: { severity: "warning", measure: "depth", states: ["dead"], above: 0 },
  manyDeadLetters: { severity: "critical", measure: "dead", above: 50 },
  slowdown: { severity: "warning", measure: "slowdown", samples: 100, above: 2 },
  fewWorkers: { severity: "critical", measure: "missingWorkers", expected: 1, above: 0 },
};

const NAME = /^[a-z\d][\w-]{0,99}$/i;
const PAUSE_MS = 900_000;
const EASED = 0.8;

/** A rule with its name, and with its defaults filled in. */
export type NamedRule = AlertRule &
  Required<Pick<AlertRule, "forMs" | "resolveAt" | "pauseMs">> & { readonly name: string };

/** Fails with `invalid_name` or `invalid_option`. */
export function namedRules(rules: AlertRules): NamedRule[] {
  return Object.entries(rules).map(([name, rule]) => {
    if (!NAME.test(name)) {
      throw new LongshoreError(
        "invalid_name",
        `The rule name must be text like ${NAME}; got ${JSON.stringify(name.slice(0, 60))}.`,
      );
    }
    const { above, forMs = 0, pauseMs = PAUSE_MS, resolveAt = above * EASED } = rule;
    const least = [above, forMs, pauseMs, resolveAt, "expected" in rule ? rule.expected : 0];
    if (!least.every((number) => number >= 0) || resolveAt > above || above === Infinity) {
      throw new LongshoreError(
        "invalid_option",
        `The numbers of the rule ${name} must be at least 0, with resolveAt at most above.`,
      );
    }
    return { ...rule, name, forMs, pauseMs, resolveAt };
  });
}
