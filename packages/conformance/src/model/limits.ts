import type { Rate } from "@longshore/core/adapter";
import type { Draft, Row, State } from "./state.ts";

/** A row that may be claimed from an instant on. One that is due, with a key of a limit, waits behind its key first. */
export function enter(draft: Draft, row: Row, now: number): void {
  const { key, ordered } = row.limits ?? {};
  // It had its turn, and goes on standing before the others.
  if (ordered && row.turn === "ready") return void draft.rows.set(row.data.id, row);
  const parked = key !== undefined && row.place !== "behind" && !row.waits && row.dueAt <= now;
  draft.rows.set(row.data.id, { ...row, turn: parked ? "parked" : undefined });
  if (parked) changed(draft, row);
}

/** Its key may have a place, or another job behind it. */
export function changed(draft: Draft, { limits }: Pick<Row, "limits">): void {
  if (limits?.key !== undefined) draft.changed.add(limits.key);
}

/** Ends every step: behind each key that has changed, the first job may start if there is a place and none is ready. */
export function letThrough(draft: Draft, now: number): void {
  for (const key of draft.changed) letOneThrough(draft, key, now);
  draft.changed.clear();
}

function letOneThrough(draft: Draft, key: string, now: number): void {
  const jobs = [...draft.rows.values()].filter(({ limits, ended }) => limits?.key === key && ended === undefined);
  const [first] = jobs.filter(({ turn }) => turn === "parked").sort(byTurn);
  if (first === undefined || jobs.some(({ turn }) => turn === "ready") || !hasPlace(draft, first)) return;
  const dueAt = Math.max(now, Math.ceil(freeAt(draft, first, now)));
  draft.rows.set(first.data.id, { ...first, turn: "ready", dueAt, sequence: ++draft.sequence });
}

/** When its rate lets it start: GCRA. */
function freeAt({ tats }: Draft, { limits }: Row, now: number): number {
  const { rate, key = "" } = limits ?? {};
  if (rate === undefined) return now;
  const tat = tatOf(tats.get(key), rate, now);
  return tat === undefined ? now : tat - (rate.burst - 1) * rate.everyMs;
}

/** Undefined for one that is further off than this rate can bring it: the clock was set back, or the rate is another. */
function tatOf(tat: number | undefined, { everyMs, burst }: Rate, now: number): number | undefined {
  return tat !== undefined && tat > now + everyMs * (burst + 1) ? undefined : tat;
}

/** Counts a start that takes over no lease. */
export function countStart({ tats }: Draft, { limits, leased }: Row, now: number): void {
  const { rate, key } = limits ?? {};
  if (rate === undefined || key === undefined || leased) return;
  tats.set(key, Math.max(tatOf(tats.get(key), rate, now) ?? now, now) + rate.everyMs);
}

/** Lower priorities first, then earlier due times, then earlier enqueues. */
function byTurn(a: Row, b: Row): number {
  return a.data.priority - b.data.priority || a.dueAt - b.dueAt || a.sequence - b.sequence;
}

/** As `byTurn`, but each `ageMs` that a job has been due count as a level of priority. */
export function turnsOf(ageMs: number | undefined): (a: Row, b: Row) => number {
  if (ageMs === undefined) return byTurn;
  const turn = ({ data, dueAt }: Row): number => dueAt + data.priority * ageMs;
  return (a, b) => turn(a) - turn(b) || byTurn(a, b);
}

/** Whether it may start now, by the limit of its key and by its rate. */
export function mayStart(draft: Draft, row: Row, now: number): boolean {
  return hasPlace(draft, row) && hasTurn(draft, row) && freeAt(draft, row, now) <= now;
}

/** Whether no other job of its key stands before it in its order. */
function hasTurn(draft: Draft, { limits, turn }: Row): boolean {
  if (!limits?.ordered || turn === "ready") return true;
  return ![...draft.rows.values()].some((row) => row.turn === "ready" && row.limits?.key === limits.key);
}

/** Whether fewer jobs of its key run than its limit. One whose lease has ended keeps its place. */
function hasPlace(draft: Draft, { limits }: Row): boolean {
  const { key, running = Infinity } = limits ?? {};
  if (key === undefined) return true;
  return [...draft.rows.values()].filter((row) => row.leased && row.limits?.key === key).length < running;
}

/** Whether as many jobs of a queue run as the leased one with a number that was claimed last allows. */
export function isFull({ rows }: Pick<State, "rows">, queue: string, now: number): boolean {
  const leased = [...rows.values()].filter((row) => row.data.queue === queue && row.leased);
  const [last] = leased.filter(({ limits }) => limits?.queue !== undefined).sort((a, b) => b.token - a.token);
  return leased.filter(({ dueAt }) => dueAt > now).length >= (last?.limits?.queue ?? Infinity);
}
