import type { JobState } from "@longshore/core/adapter";

/** A rule of `@longshore/signals` with every option set. Times are ms. */
export type Rule = {
  readonly severity: "warning" | "critical";
  readonly above: number;
  readonly resolveAt: number;
  readonly for: number;
  readonly cooldown: number;
} & (
  | { readonly measure: "depth"; readonly states: readonly JobState[] }
  | { readonly measure: "oldestWait" }
  | { readonly measure: "dead" }
);
export type Rules = Readonly<Record<string, Rule>>;

/** Their times fit a history of a minute, so each rule sometimes fires and resolves. No two have the same times. */
export const RULES: Rules = {
  deep: {
    measure: "depth",
    states: ["enqueued", "stalled"],
    severity: "warning",
    above: 3,
    resolveAt: 1,
    for: 0,
    cooldown: 0,
  },
  failing: {
    measure: "depth",
    states: ["failed", "delayed"],
    severity: "warning",
    above: 1,
    resolveAt: 0,
    for: 6_000,
    cooldown: 0,
  },
  buried: {
    measure: "depth",
    states: ["dead"],
    severity: "critical",
    above: 0,
    resolveAt: 0,
    for: 0,
    cooldown: 20_000,
  },
  late: { measure: "oldestWait", severity: "warning", above: 2_000, resolveAt: 500, for: 3_000, cooldown: 15_000 },
  dying: { measure: "dead", severity: "critical", above: 1, resolveAt: 0, for: 5_000, cooldown: 0 },
};

/** The queue of the jobs that deliver alerts. */
export const ALERT_QUEUE = "alerts" as const;

/** One of the three cursors in which a store keeps the state of a rule: when it was last fine, fired, resolved. */
export type RuleCursor = { readonly rule: string; readonly kind: "fine" | "fired" | "resolved" };

/** Reads a cursor's name. Undefined for the cursor of a schedule. */
export function ruleCursor(name: string): RuleCursor | undefined {
  const [start, rule = "", kind] = name.split(":");
  return start === "$alert" && (kind === "fine" || kind === "fired" || kind === "resolved")
    ? { rule, kind }
    : undefined;
}
