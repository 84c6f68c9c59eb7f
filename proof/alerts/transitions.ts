import type { Answer } from "@longshore/conformance/tools";
import type { ScheduleRef } from "@longshore/core/adapter";
import { type Change, type Commit, movesOf } from "@longshore/simulator";
import type { Fail } from "./invariants.ts";
import { ALERT_QUEUE, type RuleCursor, type Rules, ruleCursor } from "./rules.ts";

/** The state of one rule in the store. */
export type RuleState = {
  /** Its cursors, from their declaration on. */
  readonly [Kind in RuleCursor["kind"]]?: number;
} & {
  readonly firing: boolean;
  /** How often it fired or resolved. */
  readonly count: number;
};

/** The payload of the job. */
type Alert = {
  readonly rule: string;
  readonly severity: string;
  readonly state: string;
  readonly value: number;
  readonly threshold: number;
  readonly queue?: string;
  readonly at: number;
};

/** A commit by which a rule fired or resolved. */
export type Transition = RuleCursor & { readonly kind: "fired" | "resolved"; readonly alert: Alert };

/** Checks that rules fire and resolve alternately, and that each transition enqueues one job. */
export type Transitions = {
  readonly states: ReadonlyMap<string, RuleState>;
  /** Returns the transition, if the commit was one. */
  commit(commit: Commit, changes: readonly Change[]): Transition | undefined;
};

const UNSEEN: RuleState = { firing: false, count: 0 };

export function watchTransitions(rules: Rules, fail: Fail): Transitions {
  const states = new Map<string, RuleState>(Object.keys(rules).map((rule) => [rule, UNSEEN]));

  const move = (rule: string, change: Partial<RuleState>): void => {
    states.set(rule, { ...(states.get(rule) ?? UNSEEN), ...change });
  };
  const declared = (schedules: readonly ScheduleRef[], { rows }: Answer<"declare">): void => {
    for (const [i, { name }] of schedules.entries()) {
      const found = ruleCursor(name);
      if (found !== undefined && states.get(found.rule)?.[found.kind] === undefined) {
        move(found.rule, { [found.kind]: rows[i]?.cursor });
      }
    }
  };

  return {
    states,
    commit({ operation, answer }, changes) {
      if (operation.verb === "declare") declared(operation.input[0], answer as Answer<"declare">);
      // Evaluators move one cursor per call.
      const step = movesOf({ operation, answer }).find((move) => move.moved !== undefined)?.step;
      const moved = step === undefined ? undefined : ruleCursor(step.name);
      const alerts = changes.filter(({ part }) => part.kind === "enqueue" && part.job.queue === ALERT_QUEUE);
      if (step === undefined || moved === undefined || moved.kind === "fine") {
        const [first] = alerts.filter(({ before, after }) => before === undefined && after !== undefined);
        if (first !== undefined) fail("alertTransitions", `${first.id} is an alert, and no rule fired or resolved`);
        if (step !== undefined && moved !== undefined) move(moved.rule, { fine: step.to });
        return undefined;
      }
      const { rule, kind } = moved;
      const { firing, count } = states.get(rule) ?? UNSEEN;
      if (firing === (kind === "fired")) fail("alertTransitions", `${rule} ${kind}, although it already had`);
      if (step.to <= step.from) fail("alertTransitions", `${rule} ${kind} at ${step.to}, before ${step.from}`);
      move(rule, { [kind]: step.to, firing: kind === "fired", count: count + 1 });
      const [made] = alerts;
      if (step.job === undefined || made === undefined) {
        fail("alertTransitions", `${rule} ${kind} without an alert`);
        return undefined;
      }
      if (made.before !== undefined || made.after === undefined) {
        fail("alertTransitions", `${rule} ${kind}, and its job ${made.id} existed before`);
      }
      const alert = JSON.parse(step.job.payload) as Alert; // a wrong shape fails the checks
      if (alert.rule !== rule || alert.state !== (kind === "fired" ? "firing" : kind)) {
        fail("alertTransitions", `${rule} ${kind}, and its alert says that ${alert.rule} is ${alert.state}`);
      }
      if (step.to < alert.at)
        fail("alertTransitions", `${rule} ${kind} at ${step.to}, and its alert is of ${alert.at}`);
      return { rule, kind, alert };
    },
  };
}
