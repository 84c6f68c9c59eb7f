import type { TerminalState } from "@longshore/core/adapter";
import { changed, enter } from "./limits.ts";
import { type Fates, endForChildren } from "./families.ts";
import { type Draft, type Row, behindOf, forgetExpired, patient } from "./state.ts";

/** What becomes of the key of a row that has ended: whoever waits behind it has it, or it goes on holding it. */
function giveUpKey(draft: Draft, row: Row): Row {
  if (row.place !== "holds") return { ...row, place: undefined };
  if (passOn(draft, row, Math.max(row.dueAt, row.heldUntil), row.dueAt)) return { ...row, place: undefined };
  return { ...row, heldUntil: Math.max(row.heldUntil, row.until) };
}

/** The job behind this one has its key from now on, and may start, not before an instant. False if there is none. */
export function passOn(draft: Draft, { unique, place }: Row, notBefore: number, now: number): boolean {
  const next = unique && place === "holds" ? behindOf(draft, unique.key) : undefined;
  if (next === undefined) return false;
  const later = notBefore > now && { notBefore };
  const through: Row = { ...next, place: "holds", dueAt: Math.max(next.dueAt, notBefore), ...later };
  enter(draft, patient(through, now), now);
  return true;
}

/** Ends a row, or removes it if it is not kept. Dead letters are kept whatever their `keepMs`. */
export function end(draft: Draft, row: Row, ended: TerminalState, now: number, parts: Partial<Row> = {}): Fates {
  changed(draft, row);
  const over: Row = { ...row, leased: false, turn: undefined, waits: false, dueAt: now, ended, ...parts };
  draft.rows.set(row.data.id, over);
  const after = giveUpKey(draft, over);
  draft.rows.set(row.data.id, after);
  const fates = endForChildren(draft, after, ended, now, parts.heldUntil);
  forgetExpired(draft, now);
  return fates;
}
