import type { Advance } from "@longshore/core/adapter";
import { type Alarms, alarmRow } from "./alarms.ts";
import { type Moment, type Seen, checkFine, checkSilence, checkTurn, isFine, leastNow } from "./alerts.ts";
import { type Commit, movesOf } from "../commit.ts";
import type { Fail } from "../invariants.ts";
import { watchMeasures } from "./measures.ts";
import type { Process } from "../process.ts";
import type { Change, Rows } from "../rows.ts";
import { watchTurns } from "./turns.ts";

/** Checks the alerts that evaluators send or leave out against what was true during their looks. */
export type Looks = {
  begin(process: Process): Look;
  commit(commit: Commit, changes: readonly Change[]): void;
  /** Checks that every evaluator has completed a look since `quietAt`. */
  end(quietAt: number): void;
};

/** One look at the store, as its own process reports it. */
type Look = {
  /** The look is about to move a cursor. */
  asks(step: Advance): void;
  /** The look ended, and nothing failed. */
  ended(): void;
};

type Open = Seen & {
  readonly moments: Moment[];
  /** Rules that this look could not mark as fine, because another look, possibly an older one, had just done so. */
  readonly behind: Set<string>;
};

export function watchLooks(alarms: Alarms, rows: Rows, fail: Fail): Looks {
  const measures = watchMeasures(alarms, rows);
  const turns = watchTurns(alarms, fail);
  const open = new Map<Process, Set<Open>>();
  const asked = new WeakMap<Advance, Open>();
  const fineAt = new Map<string, number>();
  /** By the store's clock. */
  const endedAt = new Map<Process, number>();

  const end = (look: Open): void => {
    for (const [rule, alarm] of Object.entries(alarms)) {
      const standing = turns.standings.get(rule);
      if (standing !== undefined) checkSilence(rule, alarm, look, standing, fail);
      if (!isFine(rule, alarm, look) || look.behind.has(rule)) continue;
      fineAt.set(rule, Math.max(fineAt.get(rule) ?? 0, leastNow(look.moments)));
    }
  };

  return {
    begin(process) {
      const look: Open = { before: new Map(turns.standings), fineAt: new Map(fineAt), moments: [], behind: new Set() };
      const looks = open.get(process) ?? new Set();
      open.set(process, looks.add(look));
      return {
        asks: (step) => void asked.set(step, look),
        ended() {
          looks.delete(look);
          endedAt.set(process, look.moments.at(-1)?.now ?? 0);
          end(look);
        },
      };
    },
    commit(commit, changes) {
      const { process, operation, answer, now } = commit;
      measures.commit(changes, now);
      const looks = open.get(process);
      if (looks !== undefined && looks.size > 0) {
        const reads = operation.verb !== "declare" && operation.verb !== "advance";
        const moment = { now, truths: reads ? measures.read(now) : undefined };
        for (const { moments } of looks) moments.push(moment);
      }
      const turn = turns.commit(commit, changes);
      const [move] = movesOf({ operation, answer });
      const found = alarmRow(move?.step.name ?? "");
      if (move === undefined || found === undefined) return;
      const { step, moved } = move;
      const { rule, row } = found;
      const [look, alarm, standing] = [asked.get(step), alarms[rule], turns.standings.get(rule)];
      if (look === undefined || alarm === undefined || standing === undefined) {
        fail("I25", `${step.name} moved, and nobody looked`);
      } else if (turn !== undefined) checkTurn(turn, alarm, look, standing, fail);
      else if (row === "fine" && moved !== undefined) checkFine(rule, alarm, look, step, fail);
      else if (row === "fine") look.behind.add(rule);
    },
    end(quietAt) {
      for (const process of open.keys()) {
        if (!process.alive || (endedAt.get(process) ?? 0) >= quietAt) continue;
        fail("I26", `${process.id} has come to the end of no look since all is quiet`);
      }
    },
  };
}
