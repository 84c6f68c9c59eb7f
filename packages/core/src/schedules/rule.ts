import { type Duration, toMs } from "../values/duration.ts";
import { refuse } from "../values/errors.ts";

/** The times of a schedule, in ms since the Unix epoch. Made by `every` or `cron`. */
export type Rule = {
  /** Readable and unique: `every 5m`, `0 1 * * * Europe/Berlin`. A changed text is another rule. */
  readonly text: string;
  /** The first occurrence strictly after an instant; undefined if there is none. */
  next(after: number): number | undefined;
  /**
   * The last occurrence after `after`, up to and including `until`; undefined if there is none. Fast for any distance.
   */
  latest(after: number, until: number): number | undefined;
};

/**
 * What happens to occurrences that were missed during downtime: the latest one runs (`"latest"`, the default), or at
 * most this many of the latest, in order (`{ all: 10 }`; at most 1 000), or none (`"skip"`). With `"skip"`, an
 * occurrence is missed if a later one is already due, or if it is more than a minute old; so `"skip"` needs a tick
 * every minute.
 */
export type MissedPolicy = "latest" | "skip" | { readonly all: number };

const SHORTEST_MS = 1_000;
const MOST_AT_ONCE = 1_000;
/** Ticks may come only once a minute (a cron trigger), so an occurrence of the last minute is not missed. */
const PUNCTUAL_MS = 60_000;

/**
 * An occurrence per period, counted from the Unix epoch so that all instances agree: `every("1h")` is at each full hour
 * UTC. The period is at least one second. Fails with `invalid_schedule`.
 */
export function every(duration: Duration): Rule {
  const periodMs = period(duration);
  const floor = (instant: number): number => Math.floor(instant / periodMs) * periodMs;
  return {
    text: typeof duration === "string" ? `every ${duration}` : `every ${periodMs}ms`,
    next: (after) => floor(after) + periodMs,
    latest(after, until) {
      const last = floor(until);
      return last > after ? last : undefined;
    },
  };
}

function period(duration: Duration): number {
  const ms = toMs(duration, "schedule's period", "invalid_schedule");
  if (ms < SHORTEST_MS) refuse("invalid_schedule", "schedule's period", "at least 1s", duration);
  return ms;
}

/** Checks a policy when its schedule is declared. Fails with `invalid_schedule`. */
export function checkMissedPolicy(policy: MissedPolicy): void {
  const all: unknown = typeof policy === "object" && policy !== null ? policy.all : undefined;
  if (policy === "latest" || policy === "skip") return;
  if (Number.isInteger(all) && Number(all) > 0 && Number(all) <= MOST_AT_ONCE) return;
  const expected = `"latest", "skip" or { all: 1 to ${MOST_AT_ONCE} }`;
  refuse("invalid_schedule", "policy for missed occurrences", expected, policy);
}

/** The occurrences after `cursor`, up to and including `now`, that should fire; ascending. */
export function missed(rule: Rule, policy: MissedPolicy, cursor: number, now: number): readonly number[] {
  const last = rule.latest(cursor, now);
  if (last === undefined) return [];
  if (policy === "latest") return [last];
  if (policy === "skip") return now - last <= PUNCTUAL_MS ? [last] : [];
  const wanted = Math.min(policy.all, MOST_AT_ONCE);
  const due = [last];
  for (let at = rule.latest(cursor, last - 1); at !== undefined && due.length < wanted;) {
    due.unshift(at);
    at = rule.latest(cursor, at - 1);
  }
  return due;
}
