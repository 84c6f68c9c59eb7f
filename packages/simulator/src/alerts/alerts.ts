import type { Advance } from "@longshore/core/adapter";
import type { Alarm } from "./alarms.ts";
import type { Fail } from "../invariants.ts";
import type { Truths } from "./measures.ts";
import type { Standing, Turn } from "./turns.ts";

/** The state at one operation of the evaluating process. Whatever its look saw was true at one of these moments. */
export type Moment = { readonly now: number; readonly truths: Truths | undefined };

/** One look at the store, as the checks see it. */
export type Seen = {
  /** The state of each rule when the look began, and when each rule was last seen fine. */
  readonly before: ReadonlyMap<string, Standing>;
  readonly fineAt: ReadonlyMap<string, number>;
  readonly moments: readonly Moment[];
};

/** Not every fine look is stored: one may be missing for this share of the time that the condition must hold. */
const EXACT = 0.1;

/**
 * If a rule's first look dies while it creates the rows, the rule looks like one that has resolved, so it is quiet for
 * its cooldown once: the store cannot tell the two apart.
 */
const BORN_WITHIN_MS = 10_000;

/** Checks that an alert says what was true during its look. `standing`: the rule's state after this turn. */
export function checkTurn({ rule, row, told }: Turn, alarm: Alarm, seen: Seen, standing: Standing, fail: Fail): void {
  const { moments, before, fineAt } = seen;
  const { value, threshold, severity, queue, at } = told;
  const what = `${rule} ${row} at ${value} of ${queue ?? "no queue"}`;
  const wasSo = moments.some(({ truths }) => {
    const truth = truths?.get(rule);
    return truth?.value === value && (queue === undefined ? truth.worst.length === 0 : truth.worst.includes(queue));
  });
  if (!wasSo) fail("I25", `${what}, but at no moment of its look it was so`);
  if (!moments.some(({ now }) => now === at)) fail("I25", `${what} says ${at}, when nobody looked`);
  if (threshold !== alarm.above || severity !== alarm.severity) {
    fail("I25", `${what} is ${severity} above ${threshold}, but its rule ${alarm.severity} above ${alarm.above}`);
  }
  if (row === "resolved") {
    if (value > alarm.resolveAt) fail("I25", `${what}, but resolves at ${alarm.resolveAt}`);
    return;
  }
  if (value <= alarm.above) fail("I25", `${what}, but fires above ${alarm.above}`);
  const restedMs = at - (standing.resolved ?? at);
  if (standing.turns > 1 && restedMs < alarm.cooldown) fail("I25", `${what} ${restedMs} ms after it resolved`);
  if (alarm.for === 0) return;
  // The look must have read what was stored before it began; it need not know what came later.
  const keptMs = at - (before.get(rule)?.fine ?? -Infinity);
  const seenMs = at - (fineAt.get(rule) ?? -Infinity);
  if (keptMs < alarm.for) fail("I25", `${what} ${keptMs} ms after it was marked as fine`);
  if (seenMs < alarm.for * (1 - EXACT)) fail("I25", `${what} ${seenMs} ms after a look saw it fine`);
}

/** Checks that a rule is marked as fine only if it was: otherwise its alert would be delayed. */
export function checkFine(rule: string, { above }: Alarm, { moments }: Seen, { from, to }: Advance, fail: Fail): void {
  const values = valuesOf(rule, moments);
  if (!values.some((value) => value <= above)) fail("I25", `${rule} is marked as fine, and was ${values.join()}`);
  if (to <= from || !moments.some(({ now }) => now === to)) fail("I25", `${rule} is marked as fine at ${to}`);
}

/** Checks that a look that ended without an error left no alert unsent. */
export function checkSilence(rule: string, alarm: Alarm, { before, moments }: Seen, is: Standing, fail: Fail): void {
  const was = before.get(rule);
  // Another look made the rule fire or resolve in the meantime.
  if (was === undefined || is.turns !== was.turns) return;
  const values = valuesOf(rule, moments);
  if (was.firing) {
    const isOver = values.every((value) => value <= alarm.resolveAt);
    if (isOver) fail("I26", `${rule} was ${values.join()} in a look, and fires on`);
    return;
  }
  const now = leastNow(moments);
  const { turns, fine = Infinity, fired = now, resolved = now } = was;
  const holds = values.every((value) => value > alarm.above) && is.fine === was.fine;
  const forLong = alarm.for === 0 || now - fine >= alarm.for;
  const isNew = turns === 0 && resolved - fired <= BORN_WITHIN_MS;
  const rested = isNew || now - resolved >= alarm.cooldown;
  if (holds && forLong && rested) fail("I26", `${rule} was ${values.join()} in a look, and does not fire`);
}

export function isFine(rule: string, { above }: Alarm, { moments }: Seen): boolean {
  return valuesOf(rule, moments).every((value) => value <= above);
}

/** The earliest time of the moments, because the store's clock may have been set back between them. */
export function leastNow(moments: readonly Moment[]): number {
  return Math.min(...moments.map(({ now }) => now));
}

function valuesOf(rule: string, moments: readonly Moment[]): number[] {
  return moments.flatMap(({ truths }) => truths?.get(rule)?.value ?? []);
}
