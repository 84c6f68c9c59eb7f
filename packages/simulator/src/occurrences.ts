import type { Answer } from "@longshore/conformance/tools";
import type { MissedPolicy } from "@longshore/core";
import { alarmRow } from "./alerts/alarms.ts";
import { type Commit, type Move, movesOf } from "./commit.ts";
import type { Fail } from "./invariants.ts";

/** A schedule of the history: `every` so long. */
export type Beat = { readonly name: string; readonly periodMs: number; readonly missed: MissedPolicy };

/** What fired, against what the rules name. */
export type Occurrences = {
  commit(commit: Commit): void;
  /** Every occurrence that the policies promise has fired; nothing went wrong since `quietAt`. */
  end(quietAt: number, now: number): void;
  /** When the next of them is due, as the store was told. */
  nextAt(name: string): number | undefined;
};

/** Nobody ticks more often than this while nothing goes wrong, so that the newest may still be on its way. */
const LATE_MS = 30_000;

export function watchOccurrences(beats: readonly Beat[], fail: Fail): Occurrences {
  type Cursor = { since: number; at: number; nextAt: number | undefined; readonly fired: Set<number> };
  const cursors = new Map<string, Cursor>();
  let latestNow = 0;

  const check = ({ step: { name, from, to, nextAt, job }, moved }: Move): void => {
    const cursor = cursors.get(name);
    const beat = beats.find((one) => one.name === name);
    const ofAlarm = alarmRow(name) !== undefined;
    if (cursor === undefined || (beat === undefined && !ofAlarm)) {
      return fail("I11", `${name} advanced, and nobody declared it`);
    }
    if (moved === undefined && cursor.at === from) fail("I11", `${name} could not advance from its own cursor`);
    if (moved === undefined) return;
    if (cursor.at !== from) fail("I11", `${name} advanced from ${from}, but stood at ${cursor.at}`);
    cursor.at = to;
    cursor.nextAt = nextAt;
    if (beat === undefined) return;
    if (nextAt === undefined || nextAt % beat.periodMs !== 0) fail("I11", `${name} has ${nextAt} for its next time`);
    if (job === undefined) return;
    if (to % beat.periodMs !== 0 || to <= from) fail("I11", `${name} fired for ${to}, which its rule does not name`);
    if (to > latestNow) fail("I11", `${name} fired for ${to}, which is ${to - latestNow} ms ahead`);
    if (cursor.fired.has(to)) fail("I11", `${name} fired twice for ${to}`);
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
          else if (known.at !== cursor) fail("I11", `the cursor of ${name} is ${cursor}, but was moved to ${known.at}`);
        });
      }
      for (const move of movesOf({ operation, answer })) check(move);
    },
    end(quietAt, now) {
      for (const { name, periodMs, missed } of beats) {
        const cursor = cursors.get(name);
        if (cursor === undefined) return fail("I20", `${name} was never declared`);
        // With nothing wrong each fires; `all` catches up even with what trouble held back.
        const since = typeof missed === "object" ? cursor.since : Math.max(cursor.since, quietAt + LATE_MS);
        for (let at = Math.floor(since / periodMs + 1) * periodMs; at <= now - LATE_MS; at += periodMs) {
          if (!cursor.fired.has(at)) return fail("I11", `${name} never fired for ${at}, ${now - at} ms ago`);
        }
      }
    },
    nextAt: (name) => cursors.get(name)?.nextAt,
  };
}
