import type { TerminalState } from "@longshore/core/adapter";

import { type Family, createFamily, hasFamily } from "./family.ts";
import { type History, NO_HISTORY, type Row, startPatience } from "./row.ts";
import type { Structures } from "./structures.ts";

/** How rows end and are removed, and whom that lets start. */
export type Ending = {
  readonly family: Family;
  /** Ends a row, and removes it if nothing is to be kept. One cancelled while leased stays until that lease's end. */
  end(row: Row, state: TerminalState, now: number, history: History, result?: string): void;
  forget(row: Row, now: number): void;
  /** The row gives its unique key up; one that waited behind it may start. */
  leaveKey(row: Row, now: number): void;
};

export type Retention = { readonly maxKept: number; readonly deadKeepMs: number };

export function createEnding(structures: Structures, { maxKept, deadKeepMs }: Retention): Ending {
  const { rows, kept, deadRows, keys, lanes, queueStateOf, detach, hold, enter } = structures;

  const forget = (row: Row, now: number): void => {
    lanes.leave(row);
    leaveKey(row, now);
    detach(row);
    row.leased = false;
    const wasOpen = row.history?.ended === undefined;
    row.location = "gone";
    rows.delete(row.job.id);
    if (wasOpen) queueStateOf(row.job.queue).open--;
    if (hasFamily(row)) {
      if (wasOpen) family.ended(row, "removed", now, now);
      family.left(row);
    }
  };
  /** An ended row stays until the end of its retention. */
  const keep = (row: Row, until: number, now: number): void => {
    hold(row, kept, "kept", until);
    const excess = kept.size() > maxKept ? kept.first() : undefined;
    if (excess !== undefined) forget(excess, now);
  };
  const family = createFamily({
    free(row, now, notBefore) {
      row.key = Math.max(row.key, notBefore);
      startPatience(row, now);
      enter(row, now);
    },
    bury(row, now) {
      queueStateOf(row.job.queue).open--;
      hold(row, deadRows, "dead", now + deadKeepMs);
    },
    revive(row, now) {
      queueStateOf(row.job.queue).open++;
      const { settledBy, failures } = row.history ?? NO_HISTORY;
      detach(row);
      Object.assign(row, { history: { settledBy, failures }, attempt: 0, bornAt: now, key: now, leased: false });
      startPatience(row, now);
      if (row.parents?.waits) row.location = "after";
      else enter(row, now);
    },
    hold(row) {
      // One that begins again may wait behind a key, in the structure where it was last.
      if (row.location !== "kept" || row.history?.ended === undefined) return;
      detach(row);
      row.location = "held";
    },
    letGo(row, now) {
      if (row.location !== "held" || row.history?.ended === undefined) return;
      if (row.key > now) keep(row, row.key, now);
      else forget(row, now);
    },
  });
  const leaveKey = (row: Row, now: number, notBefore = now): void => {
    const next = keys.leave(row);
    if (next === undefined) return;
    next.key = Math.max(next.key, notBefore);
    if (notBefore > now) next.held = { ...next.held, notBefore };
    startPatience(next, now);
    enter(next, now);
  };

  return {
    family,
    forget,
    leaveKey,
    end(row, state, now, history, result) {
      // Most jobs: nothing of them stays, and nobody comes after them.
      const isPlain = row.job.keepMs === 0 && row.held === undefined && !hasFamily(row);
      if (isPlain && state === "completed") return forget(row, now);
      queueStateOf(row.job.queue).open--;
      const untilMs = state === "cancelled" && row.leased ? Math.max(0, row.key - now) : 0;
      const heldMs = keys.heldMs(row, now);
      lanes.leave(row);
      // Whoever waits behind a cancelled job starts when its worker has surely learned of it.
      if (heldMs === 0) leaveKey(row, now, now + untilMs);
      const keepMs = Math.max(row.job.keepMs, untilMs, heldMs);
      if (hasFamily(row)) family.ended(row, state, now, now + untilMs);
      const needed = row.children !== undefined && row.children.open > 0;
      const ended = { state, at: now };
      row.history = { ...history, ended: result === undefined ? ended : { ...ended, result } };
      if (state !== "dead" && keepMs === 0 && !needed) return forget(row, now);
      detach(row);
      row.leased = false;
      if (state === "dead") return hold(row, deadRows, "dead", now + deadKeepMs);
      if (!needed) return keep(row, now + keepMs, now);
      row.key = now + keepMs;
      row.location = "held";
    },
  };
}
