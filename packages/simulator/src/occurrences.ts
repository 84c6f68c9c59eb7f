import type { Answer } from "@longshore/conformance/tools";
import type { MissedPolicy } from "@longshore/core";
import { type Commit, type Move, movesOf } from "./commit.ts";
import type { Fail } from "./invariants.ts";

/** A schedule of the history, with its period. */
export type PlannedSchedule = { readonly name: string; readonly periodMs: number; readonly missed: MissedPolicy };

/** Checks the fired occurrences against the rules. */
export type Occurrences = {
  commit(commit: Commit): void;
  /** Checks that all occurrences that the policies promise have fired; there were no faults since `quietAt`. */
  end(quietAt: number, now: number): void;
  /** When the next occurrence is due, as the store was told. */
  nextAt(name: string): number | undefined;
};

/** Without faults, ticks are at most this far apart, so the newest occurrence may still be missing. */
const LATE_MS = 30_000;

export function watchOccurrences(
  schedules: readonly PlannedSchedule[],
  isForeign: (cursor: string) => boolean,
  fail: Fail,
): Occurrences {
  type Cursor = { since: number; at: number; nextAt: number | undefined; readonly fired: Set<number> };
  const cursors = new Map<string, Cursor>();
  let latestNow = 0;

  const check = ({ step: { name, from, to, nextAt, job }, moved }: Move): void => {
    const cursor = cursors.get(name);
    const schedule = schedules.find((one) => one.name === name);
    if (cursor === undefined || (schedule === undefined && !isForeign(name))) {
      return fail("occurrences", `${name} advanced, and nobody declared it`);
    }
    if (moved === undefined && cursor.at === from) fail("occurrences", `${name} could not advance from its own cursor`);
    if (moved === undefined) return;
    if (cursor.at !== from) fail("occurrences", `${name} advanced from ${from}, but stood at ${cursor.at}`);
    cursor.at = to;
    cursor.nextAt = nextAt;
    if (schedule === undefined) return;
    if (nextAt === undefined || nextAt % schedule.periodMs !== 0)
      fail("occurrences", `${name} has ${nextAt} for its next time`);
    if (job === undefined) return;
    if (to % schedule.periodMs !== 0 || to <= from)
      fail("occurrences", `${name} fired for ${to}, which its rule does not name`);
    if (to > latestNow) fail("occurrences", `${name} fired for ${to}, which is ${to - latestNow} ms ahead`);
    if (cursor.fired.has(to)) fail("occurrences", `${name} fired twice for ${to}`);
    cursor.fired.add(to);
  };

  return {
    commit({ operation, answer, now }) {
      latestNow = Math.max(latestNow, now);
      if (operation.verb === "declare") {
        const { rows } = answer as Answer<"declare">;
        operation.input[0].forEach(({ name }, i) => {
          const cursor = rows[i]?.cursor ?? Number.NaN;
          const known = cursors.get(name);
          if (known === undefined)
            cursors.set(name, { since: cursor, at: cursor, nextAt: undefined, fired: new Set() });
          else if (known.at !== cursor)
            fail("occurrences", `the cursor of ${name} is ${cursor}, but was moved to ${known.at}`);
        });
      }
      for (const move of movesOf({ operation, answer })) check(move);
    },
    end(quietAt, now) {
      for (const { name, periodMs, missed } of schedules) {
        const cursor = cursors.get(name);
        if (cursor === undefined) return fail("liveness", `${name} was never declared`);
        // Without faults each occurrence fires; `all` also catches up with those that faults delayed.
        const since = typeof missed === "object" ? cursor.since : Math.max(cursor.since, quietAt + LATE_MS);
        for (let at = Math.floor(since / periodMs + 1) * periodMs; at <= now - LATE_MS; at += periodMs) {
          if (!cursor.fired.has(at)) return fail("occurrences", `${name} never fired for ${at}, ${now - at} ms ago`);
        }
      }
    },
    nextAt: (name) => cursors.get(name)?.nextAt,
  };
}
