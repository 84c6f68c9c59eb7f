import { type Change, type Outcome, dueInstant } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";

import { type Claim, claiming } from "./claiming.ts";
import { type Ending, type Retention, createEnding } from "./ending.ts";
import type { Family } from "./family.ts";
import { type Insert, inserting } from "./inserting.ts";
import { type Row, startPatience } from "./row.ts";
import { type Structures, createStructures } from "./structures.ts";

/** All rows, and every move between structures. */
export type Table = Pick<Structures, "queueStates" | "deadRows" | "keys" | "queueStateOf"> &
  Omit<Ending, "family"> & {
    readonly rows: ReadonlyMap<string, Row>;
    readonly fates: Family["fates"];
    /** Starts every verb: removes rows past their retention. Returns the current time. */
    begin(): number;
    insert: Insert;
    claim: Claim;
    extend(row: Row, until: number): void;
    /** Makes the row wait again, after a lease, a delay or its end. */
    wait(row: Row, dueAt: number, now: number): void;
    /** A row that has ended begins again, and so do those that were dead with it. */
    revive(row: Row, now: number): void;
    /** Changes a row that is not leased and has not ended. */
    change(row: Row, change: Change, now: number): void;
    /** Counts a lease that is about to be settled, if the store counts. */
    count(row: Row, outcome: Outcome, now: number): void;
  };

export type TableOptions = Retention & {
  readonly stats: Statistics | undefined;
  /** Whether the clock is the system's. Only then can the store tell how long jobs have gone unclaimed. */
  readonly isSystemClock: boolean;
};

export function createTable(clock: () => number, options: TableOptions): Table {
  const { stats, isSystemClock } = options;
  const structures = createStructures(clock, isSystemClock);
  const { kept, lanes, queueStateOf, detach, hold, enter, letThrough } = structures;
  const { family, end, forget, leaveKey } = createEnding(structures, options);

  return {
    ...structures,
    fates: family.fates,
    begin() {
      const now = clock();
      for (let row = kept.first(); row !== undefined && row.key <= now; row = kept.first()) forget(row, now);
      letThrough(now);
      return now;
    },
    insert: inserting(structures, family, stats),
    claim: claiming(structures, end, stats !== undefined),
    extend(row, until) {
      detach(row);
      hold(row, queueStateOf(row.job.queue).leases, "leases", until);
    },
    wait(row, dueAt, now) {
      const keeps = lanes.keep(row);
      if (!keeps) lanes.leave(row);
      detach(row);
      row.leased = false;
      row.key = dueAt;
      enter(row, now, keeps);
      letThrough(now);
    },
    change(row, { data, priority = row.job.priority, due }, now) {
      const { location } = row;
      const isApart = location === "behind" || location === "after";
      const keeps = !isApart && lanes.keep(row);
      if (!isApart && !keeps) lanes.leave(row);
      detach(row);
      row.job = { ...row.job, ...data, priority };
      if (due !== undefined) {
        row.key = Math.max(dueInstant(due, now, 1), row.held?.notBefore ?? 0);
        startPatience(row, now);
      }
      if (isApart) row.location = location;
      else enter(row, now, keeps);
      letThrough(now);
    },
    leaveKey(row, now) {
      leaveKey(row, now);
      letThrough(now);
    },
    revive(row, now) {
      family.revive(row, now);
      letThrough(now);
    },
    end(row, state, now, history, result) {
      end(row, state, now, history, result);
      letThrough(now);
    },
    forget(row, now) {
      forget(row, now);
      letThrough(now);
    },
    count(row, { type: outcome }, now) {
      if (row.claim === undefined) return;
      const { at, waitedMs } = row.claim;
      row.claim = undefined;
      stats?.settled(row.job, { outcome, attempt: row.attempt, waitedMs, ranMs: Math.max(0, now - at) }, now);
    },
  };
}
