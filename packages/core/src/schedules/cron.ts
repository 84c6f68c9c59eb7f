import { CronDate, CronPattern } from "croner";
import { LongshoreError } from "../values/errors.ts";
import { anything, checkOptions } from "../values/options.ts";
import { dateAt, utcAt } from "../runtime/platform.ts";
import type { Rule } from "./rule.ts";
import { type Zone, firstInstantAfterGap, openZone, instantsShowing } from "./zone.ts";

export type { Rule } from "./rule.ts";

export type CronOptions = {
  /** A name of the IANA database, such as `Europe/Berlin`. Default: UTC. */
  readonly timeZone?: string | undefined;
};

/**
 * Occurrences by a cron expression, in the local time of a zone.
 *
 * Five fields: minute (0-59), hour (0-23), day of the month (1-31), month (1-12 or JAN-DEC), weekday (0-7 or SUN-SAT; 0
 * and 7 are Sunday). Each is `*`, a number, a list `1,15`, a range `9-17`, a step `*\/5` or `10-40/5`; `?` is `*`. The
 * day may also be `L` (the month's last), `LW` (its last weekday from Monday to Friday) or `15W` (the one from Monday
 * to Friday nearest the 15th), the weekday `FRI#2` (the second Friday) or `FRIL` (the last one). If neither day nor
 * weekday is `*`, either may match; with a `+` before the weekday both must. Nicknames: `@hourly`, `@daily`
 * (`@midnight`), `@weekly`, `@monthly`, `@yearly` (`@annually`). There is no field for seconds: use `every("10s")`.
 * Cloudflare's own triggers count weekdays from 1 = Sunday; names mean the same in both.
 *
 * When clocks change: if minute and hour are plain (numbers, lists, ranges), the rule means times of the day, and each
 * of them occurs exactly once per local date. A skipped time occurs at the first instant after the gap; several such
 * times are one occurrence, and a date that a zone skips entirely has none. A repeated time occurs the first time only.
 * If minute or hour has a `*`, `?` or `/`, the rule means elapsed time: it occurs whenever the clock shows a matching
 * time, so never in a gap, and twice in a repeated hour.
 *
 * Fails with `invalid_schedule`, here and not at the first tick, if the expression is invalid, longer than 200 characters
 * or never matches (`0 0 31 4 *`), or if the zone is unknown.
 *
 * ```ts
 * schedule("daily-report", cron("0 1 * * *", { timeZone: "Europe/Berlin" }), report.with({}))
 * ```
 */
export function cron(expression: string, options: CronOptions = {}): Rule {
  const { calendar, fixed } = parse(expression);
  const zone = zoneOf(options);
  // The calendar has no zone: it returns wall-clock times, and the zone says at which instants its clocks show them.
  const instants = fixed ? (wall: number) => onceADate(zone, wall) : (wall: number) => instantsShowing(zone, wall);

  const firstAfter = (after: number, from: number): number | undefined => {
    for (let wall = calendar.next(from); wall !== undefined; wall = calendar.next(wall)) {
      const at = instants(wall).find((instant) => instant > after);
      if (at !== undefined) return at;
      if (wall - from > LONGEST_SILENCE) return undefined;
    }
    return undefined;
  };
  const lastUntil = (until: number, from: number, after: number): number | undefined => {
    // No zone is a day ahead of UTC, so a wall-clock time a day before `after` comes before `after`.
    for (let wall = calendar.last(from); wall !== undefined && wall > after - DAY; wall = calendar.last(wall - 1)) {
      const at = instants(wall)
        .filter((instant) => instant <= until)
        .at(-1);
      if (at !== undefined) return at > after ? at : undefined;
    }
    return undefined;
  };

  return {
    text: `${expression.trim()} ${zone.name}`,
    next(after) {
      if (!inRange(after)) return undefined;
      // If clocks go back within a day, they repeat earlier times: search from there, too.
      const found = offsets(zone, after, after + DAY).map((offset) => firstAfter(after, after + offset));
      const earliest = Math.min(...found.map((at) => at ?? Infinity));
      return earliest === Infinity ? undefined : earliest;
    },
    latest(after, until) {
      if (!inRange(after) || !inRange(until)) return undefined;
      // If clocks went back within a day, they have shown later times than now.
      const found = offsets(zone, until, until - DAY).map((offset) => lastUntil(until, until + offset, after));
      const latest = Math.max(...found.map((at) => at ?? -Infinity));
      return latest === -Infinity ? undefined : latest;
    },
  };
}

const DAY = 86_400_000;
/** 29 February on a given weekday can be 40 years away. */
const LONGEST_SILENCE = 50 * 366 * DAY;
const LONGEST_TEXT = 200;
const CHARACTERS = /^[\w*,/#+?@ \t-]+$/;

/** The expression on a wall clock without a zone. Wall-clock times are in ms, as if the clock showed UTC. */
type Calendar = {
  /** The first matching time after this one. */
  next(wall: number): number | undefined;
  /** The last matching time up to and including this one. */
  last(wall: number): number | undefined;
};

function parse(expression: string): { readonly calendar: Calendar; readonly fixed: boolean } {
  if (typeof expression !== "string" || expression.length > LONGEST_TEXT) {
    const came =
      typeof expression === "string" ? `${expression.length} of them` : `a value of type ${typeof expression}`;
    throw refusal(`A cron expression must be a text of at most ${LONGEST_TEXT} characters; got ${came}.`);
  }
  let pattern: CronPattern;
  try {
    const fields = expression.trim().split(/\s+/).length;
    if (!CHARACTERS.test(expression)) throw new TypeError("It is empty or has characters that mean nothing here.");
    if (fields !== 5 && !expression.includes("@")) throw new TypeError(`It has ${fields} fields.`);
    pattern = new CronPattern(expression, undefined, { mode: "5-part", fixedTimeRule: "no-wildcard" });
  } catch (cause) {
    throw refusal(
      `A cron expression must be five fields, none for seconds (minute hour day month weekday: ` +
        `"0 8 * * MON-FRI"), or a nickname such as @daily; got ${JSON.stringify(expression)}. ${reason(cause)}`,
      cause,
    );
  }
  // 28 years contain every kind of year: an expression that does not match in them never matches.
  const sample = new CronPattern(`0 ${pattern.pattern} 1970-1997`, undefined, { mode: "7-part" });
  if (new CronDate(dateAt(0), 0).increment(sample, {}, false) === null) {
    throw refusal(`"${expression}" never fires: no month that it names has such a day. Change its day or its month.`);
  }
  // The library's searches change their start date, so each gets a new one; 0 is its offset from UTC.
  const calendar: Calendar = {
    next: (wall) => new CronDate(dateAt(wall), 0).increment(pattern, {}, false)?.getTime(),
    // One ms later, so that a match at `wall` itself counts.
    last: (wall) => new CronDate(dateAt(wall + 1), 0).decrement(pattern, {})?.getTime(),
  };
  return { calendar, fixed: pattern.isFixedTime };
}

function zoneOf(options: CronOptions): Zone {
  checkOptions("cron", options, { timeZone: anything }, "invalid_schedule");
  const { timeZone = "UTC" } = options;
  const zone = openZone(timeZone);
  if (zone !== undefined) return zone;
  const came =
    typeof timeZone === "string" ? JSON.stringify(timeZone.slice(0, 64)) : `a value of type ${typeof timeZone}`;
  throw refusal(`The timeZone of cron must be a name of the IANA data base, such as "Europe/Berlin"; got ${came}.`);
}

function onceADate(zone: Zone, wall: number): readonly number[] {
  const at = instantsShowing(zone, wall)[0] ?? firstInstantAfterGap(zone, wall);
  return at === undefined ? [] : [at];
}

function offsets(zone: Zone, ...instants: readonly number[]): readonly number[] {
  return [...new Set(instants.map((at) => zone.offset(at)))];
}

/** True for instants that the library can handle; false for NaN. */
function inRange(at: number): boolean {
  return at > FIRST_INSTANT && at < LAST_INSTANT;
}

const FIRST_INSTANT = utcAt(1900, 0);
const LAST_INSTANT = utcAt(2900, 0);

/** Replaces the library's messages about ranges, which count days and months from 0. */
function reason(cause: unknown): string {
  if (cause instanceof RangeError) {
    return "A number is out of range: minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7.";
  }
  return cause instanceof Error ? cause.message.replace(/^CronPattern: /, "") : "";
}

function refusal(message: string, cause?: unknown): LongshoreError {
  return new LongshoreError("invalid_schedule", message, cause === undefined ? {} : { cause });
}
