import type { NamedRule } from "./rules.ts";

/**
 * What is remembered of a rule, each the cursor of a row in the store: when its condition was last seen not to hold,
 * when it fired, when it resolved. All begin with the moment in which the rule is first seen.
 */
export type RuleState = { readonly fine: number; readonly fired: number; readonly resolved: number };

/** Where a rule's cursors go. Each is a compare-and-set of its own; at most one of `fired` and `resolved` moves. */
export type Decision = { readonly [Row in keyof RuleState]?: number };

/**
 * `fired` and `resolved` this close together are those of a rule that never fired: they are made by shards of which
 * the clocks differ a little. What is decided sets them further apart, if need be into the future: a rule that turned twice
 * in a moment is quiet until then, whatever its pause.
 */
const APART_MS = 10_000;

/** `fine` is as exact as this share of the time that the condition must hold, so that many evaluators write it no more often than one. */
const EXACT = 0.1;

/** What a rule does about a value. Pure: the store's rows and a rehearsal go through here alike. Times are ms. */
export function decide(rule: NamedRule, ruleState: RuleState, value: number, now: number): Decision {
  const { above, resolveAt, forMs, cooldownMs } = rule;
  const { fine, fired, resolved } = ruleState;
  const holds = value > above;
  const seenFine = !holds && forMs > 0 && now - fine >= forMs * EXACT ? { fine: now } : {};
  if (fired - resolved > APART_MS) {
    return value > resolveAt ? seenFine : { ...seenFine, resolved: Math.max(now, fired + APART_MS + 1) };
  }
  const rested = resolved - fired <= APART_MS || now - resolved >= cooldownMs;
  if (!holds || !rested || (forMs > 0 && now - fine < forMs)) return seenFine;
  return { fired: Math.max(now, fired + 1, resolved + APART_MS + 1) };
}
