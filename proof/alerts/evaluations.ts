import type { Advance } from "@longshore/core/adapter";
import { type Change, type Commit, type Process, type Rows, movesOf } from "@longshore/simulator";
import { type Evaluation, type Moment, checkAlert, checkComplete, checkFine, isFine, leastNow } from "./checks.ts";
import type { Fail } from "./invariants.ts";
import { watchMeasures } from "./measures.ts";
import { type Rules, ruleCursor } from "./rules.ts";
import { watchTransitions } from "./transitions.ts";

/** Checks the alerts that evaluators send or leave out against what was true while they evaluated. */
export type Evaluations = {
  begin(process: Process): Reporter;
  commit(commit: Commit, changes: readonly Change[]): void;
  /** Checks that every evaluator has completed an evaluation since `quietAt`. */
  end(quietAt: number): void;
};

/** By which a process reports on one of its evaluations. */
type Reporter = {
  /** The evaluation is about to move a cursor. */
  advances(step: Advance): void;
  /** The evaluation ended, and nothing failed. */
  ended(): void;
};

type Open = Evaluation & {
  readonly moments: Moment[];
  /** Rules that this evaluation could not mark as fine, because another one, possibly older, had just done so. */
  readonly behind: Set<string>;
};

export function watchEvaluations(rules: Rules, rows: Rows, fail: Fail): Evaluations {
  const measures = watchMeasures(rules, rows);
  const transitions = watchTransitions(rules, fail);
  const open = new Map<Process, Set<Open>>();
  const advanced = new WeakMap<Advance, Open>();
  const fineAt = new Map<string, number>();
  /** By the store's clock. */
  const endedAt = new Map<Process, number>();

  const end = (evaluation: Open): void => {
    for (const [name, rule] of Object.entries(rules)) {
      const state = transitions.states.get(name);
      if (state !== undefined) checkComplete(name, rule, evaluation, state, fail);
      if (!isFine(name, rule, evaluation) || evaluation.behind.has(name)) continue;
      fineAt.set(name, Math.max(fineAt.get(name) ?? 0, leastNow(evaluation.moments)));
    }
  };

  return {
    begin(process) {
      const evaluation: Open = {
        before: new Map(transitions.states),
        fineAt: new Map(fineAt),
        moments: [],
        behind: new Set(),
      };
      const others = open.get(process) ?? new Set();
      open.set(process, others.add(evaluation));
      return {
        advances: (step) => void advanced.set(step, evaluation),
        ended() {
          others.delete(evaluation);
          endedAt.set(process, evaluation.moments.at(-1)?.now ?? 0);
          end(evaluation);
        },
      };
    },
    commit(commit, changes) {
      const { process, operation, answer, now } = commit;
      measures.commit(changes, now);
      const current = open.get(process);
      if (current !== undefined && current.size > 0) {
        const reads = operation.verb !== "declare" && operation.verb !== "advance";
        const moment = { now, measured: reads ? measures.read(now) : undefined };
        for (const { moments } of current) moments.push(moment);
      }
      const transition = transitions.commit(commit, changes);
      const [move] = movesOf({ operation, answer });
      const found = ruleCursor(move?.step.name ?? "");
      if (move === undefined || found === undefined) return;
      const { step, moved } = move;
      const { rule: name, kind } = found;
      const [evaluation, rule, state] = [advanced.get(step), rules[name], transitions.states.get(name)];
      if (evaluation === undefined || rule === undefined || state === undefined) {
        fail("alertAccuracy", `${step.name} moved, and nobody evaluated the rules`);
      } else if (transition !== undefined) checkAlert(transition, rule, evaluation, state, fail);
      else if (kind === "fine" && moved !== undefined) checkFine(name, rule, evaluation, step, fail);
      else if (kind === "fine") evaluation.behind.add(name);
    },
    end(quietAt) {
      for (const process of open.keys()) {
        if (!process.alive || (endedAt.get(process) ?? 0) >= quietAt) continue;
        fail("alertCompleteness", `${process.id} has completed no evaluation since the faults ended`);
      }
    },
  };
}
