import { type Duration, toMs } from "../values/duration.ts";
import { refuse } from "../values/errors.ts";

/** When something should happen: instants in ms since the Unix epoch. Made by `every` or by `cron`. */
export type Rule = {
  /** For people to read: `every 5m`, `0 1 * * * Europe/Berlin`. */
  readonly text: string;
  /** The first occurrence strictly after an instant; undefined if there is none. */
  next(after: number): number | undefined;
  /** The last occurrence after `after`, `until` included; undefined if there is none. Cheap over any distance. */
  latest(after: number, until: number): number | undefined;
};

/**
 * What happens to occurrences that came while nobody looked: the latest of them runs once (`"latest"`, the default),
 * or at most so many of the latest run, in their order (`{ all: 10 }`; at most 1 000), or none (`"skip"`). An
 * occurrence counts as missed for `"skip"` when a later one is due already, or when it is more than a minute old: so
 * `"skip"` needs a tick each minute.
 */
export type MissedPolicy = "latest" | "skip" | { readonly all: number };

const SHORTEST_MS = 1_000;
const MOST_AT_ONCE = 1_000;
/** Ticks may come once a minute (a cron trigger): an occurrence that a punctual tick finds is not missed. */
const PUNCTUAL_MS = 60_000;

/**
 * An occurrence each time this much has passed, counted from the Unix epoch so that all instances agree:
 * `every("1h")` is at each full hour UTC. At least one second. Fails with `invalid_schedule`.
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

/** Refuses what is no policy, when a schedule is declared. Fails with `invalid_schedule`. */
export function checkMissedPolicy(policy: MissedPolicy): void {
  const all: unknown = typeof policy === "object" && policy !== null ? policy.all : undefined;
  if (policy === "latest" || policy === "skip") return;
  if (Number.isInteger(all) && Number(all) > 0 && Number(all) <= MOST_AT_ONCE) return;
  const expected = `"latest", "skip" or { all: 1 to ${MOST_AT_ONCE} }`;
  refuse("invalid_schedule", "policy for missed occurrences", expected, policy);
}

/** The occurrences after `cursor`, `now` included, that should fire now; ascending. */
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
