import { type ControlAnswer, type JobState, heldUntil } from "@longshore/core/adapter";

import type { KeyedRow } from "./keys.ts";
import { NO_HISTORY, type Row, startPatience } from "./row.ts";
import type { Table } from "./table.ts";

/** What an operator does to a row of a given state. */
export type Verb = (table: Table, row: Row, state: JobState, now: number) => ControlAnswer;

const DONE: ControlAnswer = Object.freeze({ status: "done" });
export const GONE: ControlAnswer = Object.freeze({ status: "gone" });

export const cancel: Verb = (table, row, state, now) => {
  const history = row.history ?? NO_HISTORY;
  if (history.ended !== undefined) return { status: "refused", state };
  table.end(row, "cancelled", now, history);
  return DONE;
};

export const replay: Verb = (table, row, state, now) => {
  if (state !== "dead" && state !== "cancelled") return { status: "refused", state };
  if (!takeKey(table, row, now)) return { status: "refused", state };
  table.revive(row, now);
  return DONE;
};

export const runNow: Verb = (table, row, state, now) => {
  if (state !== "delayed" && state !== "failed") return { status: "refused", state };
  table.wait(row, now, now);
  startPatience(row, now);
  return DONE;
};

export const remove: Verb = (table, row, state, now) => {
  if (state === "active") return { status: "refused", state };
  table.forget(row, now);
  return DONE;
};

/** A job that is replayed takes its key again. False if another one has it. */
function takeKey({ keys }: Table, row: Row, now: number): boolean {
  if (row.held === undefined) return true;
  const { key } = row.held;
  const holder = keys.holder(key, now);
  if (holder !== undefined && holder !== row) return false;
  row.held = { ...row.held, since: now, until: heldUntil(row.held, now) };
  keys.holders.set(key, row as KeyedRow); // it has its key
  return true;
}
