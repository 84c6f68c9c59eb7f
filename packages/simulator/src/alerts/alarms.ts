import type { Adapter, Inspect, JobState, Schedules, Stats } from "@longshore/core/adapter";

/** When to send an alert, and about what: a rule of `@longshore/signals` with every option set. Times are ms. */
export type Alarm = {
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
export type Alarms = Readonly<Record<string, Alarm>>;

/** What an evaluator needs of a store. */
export type Watched = Adapter & Schedules & Stats & Pick<Inspect, "counts">;

/** Their times fit a history of a minute, so each rule sometimes fires and resolves. No two have the same times. */
export const ALARMS: Alarms = {
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

/** The queue of the alerts. */
export const ALERTS = "alerts" as const;

/** One of the three rows of a rule. */
export type AlarmRow = { readonly rule: string; readonly row: "fine" | "fired" | "resolved" };

/** Undefined for a schedule's row. */
export function alarmRow(name: string): AlarmRow | undefined {
  const [start, rule = "", row] = name.split(":");
  return start === "$alert" && (row === "fine" || row === "fired" || row === "resolved") ? { rule, row } : undefined;
}
