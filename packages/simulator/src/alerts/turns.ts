import type { Answer } from "@longshore/conformance/tools";
import type { ScheduleRef } from "@longshore/core/adapter";
import { ALERTS, type AlarmRow, type Alarms, alarmRow } from "./alarms.ts";
import { type Commit, movesOf } from "../commit.ts";
import type { Fail } from "../invariants.ts";
import type { Change } from "../rows.ts";

/** What the store has committed of one rule. */
export type Standing = {
  /** The cursors of its rows, from their declaration on. */
  readonly [Row in AlarmRow["row"]]?: number;
} & {
  readonly firing: boolean;
  /** How often it fired or resolved. */
  readonly turns: number;
};

/** The alert in the job's payload. */
type Told = {
  readonly rule: string;
  readonly severity: string;
  readonly state: string;
  readonly value: number;
  readonly threshold: number;
  readonly queue?: string;
  readonly at: number;
};

/** A commit by which a rule fired or resolved. */
export type Turn = AlarmRow & { readonly row: "fired" | "resolved"; readonly told: Told };

/** Checks that rules fire and resolve in turns, and that each turn enqueues one job. */
export type Turns = {
  readonly standings: ReadonlyMap<string, Standing>;
  /** Returns the turn, if the commit was one. */
  commit(commit: Commit, changes: readonly Change[]): Turn | undefined;
};

const UNSEEN: Standing = { firing: false, turns: 0 };

export function watchTurns(alarms: Alarms, fail: Fail): Turns {
  const standings = new Map<string, Standing>(Object.keys(alarms).map((rule) => [rule, UNSEEN]));

  const move = (rule: string, change: Partial<Standing>): void => {
    standings.set(rule, { ...(standings.get(rule) ?? UNSEEN), ...change });
  };
  const declared = (schedules: readonly ScheduleRef[], { rows }: Answer<"declare">): void => {
    for (const [i, { name }] of schedules.entries()) {
      const found = alarmRow(name);
      if (found !== undefined && standings.get(found.rule)?.[found.row] === undefined) {
        move(found.rule, { [found.row]: rows[i]?.cursor });
      }
    }
  };

  return {
    standings,
    commit({ operation, answer }, changes) {
      if (operation.verb === "declare") declared(operation.input[0], answer as Answer<"declare">);
      // Evaluators move one cursor per call.
      const step = movesOf({ operation, answer }).find((move) => move.moved !== undefined)?.step;
      const moved = step === undefined ? undefined : alarmRow(step.name);
      const alerts = changes.filter(({ part }) => part.kind === "enqueue" && part.job.queue === ALERTS);
      if (step === undefined || moved === undefined || moved.row === "fine") {
        const [first] = alerts.filter(({ before, after }) => before === undefined && after !== undefined);
        if (first !== undefined) fail("I24", `${first.id} tells of a turn that no rule took`);
        if (step !== undefined && moved !== undefined) move(moved.rule, { fine: step.to });
        return undefined;
      }
      const { rule, row } = moved;
      const { firing, turns } = standings.get(rule) ?? UNSEEN;
      if (firing === (row === "fired")) fail("I24", `${rule} ${row}, and stood so before`);
      if (step.to <= step.from) fail("I24", `${rule} ${row} at ${step.to}, before ${step.from}`);
      move(rule, { [row]: step.to, firing: row === "fired", turns: turns + 1 });
      const [made] = alerts;
      if (step.job === undefined || made === undefined) {
        fail("I24", `${rule} ${row}, and tells nobody`);
        return undefined;
      }
      if (made.before !== undefined || made.after === undefined) {
        fail("I24", `${rule} ${row}, and its job ${made.id} stood before`);
      }
      const told = JSON.parse(step.job.payload) as Told; // a wrong shape fails the checks
      if (told.rule !== rule || told.state !== (row === "fired" ? "firing" : row)) {
        fail("I24", `${rule} ${row}, and its job tells that ${told.rule} is ${told.state}`);
      }
      if (step.to < told.at) fail("I24", `${rule} ${row} at ${step.to}, and tells of ${told.at}`);
      return { rule, row, told };
    },
  };
}
