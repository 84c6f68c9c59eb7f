import type { NamedRule } from "./rules.ts";

/**
 * The state of a rule: when its condition was last seen not to hold, when it fired, when it resolved. Each is the
 * cursor of a row in the store. All start at the time when the rule is first seen.
 */
export type RuleState = { readonly fine: number; readonly fired: number; readonly resolved: number };

/** Where to move a rule's cursors, each by a compare-and-set. At most one of `fired` and `resolved` moves. */
export type Decision = { readonly [Row in keyof RuleState]?: number };

/**
 * A rule whose `fired` and `resolved` are this close never fired: shards with slightly different clocks made the rows.
 * Decisions set them further apart, if needed into the future. A rule that fires and resolves in a moment is quiet
 * until then, whatever its cooldown.
 */
const APART_MS = 10_000;

/** `fine` may be old by this share of `forMs`, so that many evaluators write it no more often than one. */
const EXACT = 0.1;

/** Decides what a rule does about a value. Pure: `evaluate` and `backtest` both use it. Times are ms. */
export function decide(rule: NamedRule, ruleState: RuleState, value: number, now: number): Decision {
  const { above, resolveAt, forMs, cooldownMs } = rule;
  const { fine, fired, resolved } = ruleState;
  const holds = value > above;
  const seenFine = !holds && forMs > 0 && now - fine >= forMs * EXACT ? { fine: now } : {};
  if (isFiring(ruleState)) {
    return value > resolveAt ? seenFine : { ...seenFine, resolved: Math.max(now, fired + APART_MS + 1) };
  }
  const rested = resolved - fired <= APART_MS || now - resolved >= cooldownMs;
  if (!holds || !rested || (forMs > 0 && now - fine < forMs)) return seenFine;
  return { fired: Math.max(now, fired + 1, resolved + APART_MS + 1) };
}

/** A rule fires from the moment that it fired until it has resolved. */
export function isFiring({ fired, resolved }: Pick<RuleState, "fired" | "resolved">): boolean {
  return fired - resolved > APART_MS;
}
