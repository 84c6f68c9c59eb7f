import type { Advance } from "@longshore/core/adapter";
import type { Fail } from "./invariants.ts";
import type { Measurements } from "./measures.ts";
import type { Rule } from "./rules.ts";
import type { RuleState, Transition } from "./transitions.ts";

/** The state at one operation of the evaluating process. Whatever its evaluation saw was true at one of these moments. */
export type Moment = { readonly now: number; readonly measured: Measurements | undefined };

/** One evaluation of all rules, as the checks see it. */
export type Evaluation = {
  /** The state of each rule when the evaluation began, and when each rule was last seen fine. */
  readonly before: ReadonlyMap<string, RuleState>;
  readonly fineAt: ReadonlyMap<string, number>;
  readonly moments: readonly Moment[];
};

/**
 * Not every evaluation that finds a rule fine is stored: one may be missing for this share of the time that the
 * condition must hold.
 */
const EXACT = 0.1;

/**
 * If a rule's first evaluation dies while it creates the cursors, the rule looks like one that has resolved, so it is
 * quiet for its cooldown once: the store cannot tell the two apart.
 */
const CREATED_WITHIN_MS = 10_000;

/** Checks that an alert says what was true during its evaluation. `state`: the rule's state after this transition. */
export function checkAlert(
  { rule: name, kind, alert }: Transition,
  rule: Rule,
  seen: Evaluation,
  state: RuleState,
  fail: Fail,
): void {
  const { moments, before, fineAt } = seen;
  const { value, threshold, severity, queue, at } = alert;
  const what = `${name} ${kind} at ${value} of ${queue ?? "no queue"}`;
  const wasSo = moments.some(({ measured }) => {
    const found = measured?.get(name);
    return found?.value === value && (queue === undefined ? found.worst.length === 0 : found.worst.includes(queue));
  });
  if (!wasSo) fail("alertAccuracy", `${what}, but it was so at no moment of its evaluation`);
  if (!moments.some(({ now }) => now === at)) fail("alertAccuracy", `${what} says ${at}, when nobody evaluated`);
  if (threshold !== rule.above || severity !== rule.severity) {
    fail(
      "alertAccuracy",
      `${what} is ${severity} above ${threshold}, but its rule ${rule.severity} above ${rule.above}`,
    );
  }
  if (kind === "resolved") {
    if (value > rule.resolveAt) fail("alertAccuracy", `${what}, but resolves at ${rule.resolveAt}`);
    return;
  }
  if (value <= rule.above) fail("alertAccuracy", `${what}, but fires above ${rule.above}`);
  const quietMs = at - (state.resolved ?? at);
  if (state.count > 1 && quietMs < rule.cooldown) fail("alertAccuracy", `${what} ${quietMs} ms after it resolved`);
  if (rule.for === 0) return;
  // The evaluation must have read what was stored before it began; it need not know what came later.
  const keptMs = at - (before.get(name)?.fine ?? -Infinity);
  const fineMs = at - (fineAt.get(name) ?? -Infinity);
  if (keptMs < rule.for) fail("alertAccuracy", `${what} ${keptMs} ms after it was marked as fine`);
  if (fineMs < rule.for * (1 - EXACT)) fail("alertAccuracy", `${what} ${fineMs} ms after an evaluation saw it fine`);
}

/** Checks that a rule is marked as fine only if it was: otherwise its alert would be delayed. */
export function checkFine(
  rule: string,
  { above }: Rule,
  { moments }: Evaluation,
  { from, to }: Advance,
  fail: Fail,
): void {
  const values = valuesOf(rule, moments);
  if (!values.some((value) => value <= above))
    fail("alertAccuracy", `${rule} is marked as fine, and was ${values.join()}`);
  if (to <= from || !moments.some(({ now }) => now === to)) fail("alertAccuracy", `${rule} is marked as fine at ${to}`);
}

/** Checks that an evaluation that ended without an error left no alert unsent. */
export function checkComplete(
  name: string,
  rule: Rule,
  { before, moments }: Evaluation,
  is: RuleState,
  fail: Fail,
): void {
  const was = before.get(name);
  // Another evaluation made the rule fire or resolve in the meantime.
  if (was === undefined || is.count !== was.count) return;
  const values = valuesOf(name, moments);
  if (was.firing) {
    const isOver = values.every((value) => value <= rule.resolveAt);
    if (isOver) fail("alertCompleteness", `${name} was ${values.join()} in an evaluation, and has not resolved`);
    return;
  }
  const now = leastNow(moments);
  const { count, fine = Infinity, fired = now, resolved = now } = was;
  const holds = values.every((value) => value > rule.above) && is.fine === was.fine;
  const forLong = rule.for === 0 || now - fine >= rule.for;
  const isNew = count === 0 && resolved - fired <= CREATED_WITHIN_MS;
  const rested = isNew || now - resolved >= rule.cooldown;
  if (holds && forLong && rested)
    fail("alertCompleteness", `${name} was ${values.join()} in an evaluation, and has not fired`);
}

export function isFine(rule: string, { above }: Rule, { moments }: Evaluation): boolean {
  return valuesOf(rule, moments).every((value) => value <= above);
}

/** The earliest time of the moments, because the store's clock may have been set back between them. */
export function leastNow(moments: readonly Moment[]): number {
  return Math.min(...moments.map(({ now }) => now));
}

function valuesOf(rule: string, moments: readonly Moment[]): number[] {
  return moments.flatMap(({ measured }) => measured?.get(rule)?.value ?? []);
}
