import type { ListSchedules } from "@longshore/core/adapter";

import { isFiring } from "./decision.ts";
import { type AlertRules, type Severity, namedRules } from "./rules.ts";

/** A rule that fires, since an instant of the store's clock (ms since the epoch). */
export type FiringRule = { readonly rule: string; readonly severity: Severity; readonly since: number };

const PREFIX = "$alert:";
/** Three rows a rule. */
const MOST_ROWS = 1_000;

/**
 * The rules that fire, as `evaluate` has left them in the store: for somebody who looks, and changes nothing. One call. Fails
 * with `invalid_name`, `invalid_option` or `invalid_duration` for a rule, and with any error of the store.
 *
 * ```ts
 * for (const { rule, since } of await firing(adapter, { rules })) console.log(rule, new Date(since));
 * ```
 */
export async function firing(
  store: ListSchedules,
  { rules }: { readonly rules: AlertRules },
): Promise<readonly FiringRule[]> {
  const named = namedRules(rules);
  const { now, schedules } = await store.listSchedules({ limit: MOST_ROWS, after: { name: PREFIX, rule: "" } });
  const cursors = new Map(schedules.map(({ name, cursor }) => [name, cursor]));
  return named.flatMap(({ name, severity }) => {
    const [fired, resolved] = [cursors.get(`${PREFIX}${name}:fired`), cursors.get(`${PREFIX}${name}:resolved`)];
    if (fired === undefined || resolved === undefined || !isFiring({ fired, resolved })) return [];
    // A rule that fires at its first look is put some seconds ahead.
    return [{ rule: name, severity, since: Math.min(fired, now) }];
  });
}
