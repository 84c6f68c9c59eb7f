import { type ErrorCode, refuse } from "./errors.ts";

type Milliseconds = `${bigint}ms`;
type Seconds = `${bigint}s` | `${bigint}s${Milliseconds}`;
type Minutes = `${bigint}m` | `${bigint}m${Seconds | Milliseconds}`;
type Hours = `${bigint}h` | `${bigint}h${Minutes | Seconds | Milliseconds}`;
type Days = `${bigint}d` | `${bigint}d${Hours | Minutes | Seconds | Milliseconds}`;

/** Whole numbers, each with its unit, larger units first: `"30s"`, `"1h30m"`, `"7d"`, `"250ms"`. */
export type DurationString = Days | Hours | Minutes | Seconds | Milliseconds;

/** A span of time: milliseconds, or text such as `"30s"`, `"5m"`, `"1h30m"`. At most 100 years. */
export type Duration = number | DurationString;

const DAY = 86_400_000;
const LONGEST = 36_525 * DAY;

/** 13 digits are enough for 100 years of milliseconds. */
const PARTS = /^(?:(\d{1,13})d)?(?:(\d{1,13})h)?(?:(\d{1,13})m)?(?:(\d{1,13})s)?(?:(\d{1,13})ms)?$/;
/** What each part of the pattern counts, in ms. */
const UNITS = [DAY, 3_600_000, 60_000, 1_000, 1];

/**
 * A duration in whole milliseconds, 0 to 100 years; a part of one counts as one, because it came from arithmetic. `what`
 * names it in the message: "timeout", "delay". Fails with `invalid_duration`, or with the code of what it is a part of.
 */
export function toMs(duration: Duration, what = "duration", code: ErrorCode = "invalid_duration"): number {
  const ms = typeof duration === "string" ? read(duration) : roundedUp(duration);
  if (typeof ms === "number" && ms >= 0 && ms <= LONGEST) return ms + 0; // no -0
  return refuse(code, what, 'whole ms or text like "1h30m", at most 100 years', duration);
}

/** What came from arithmetic, as a whole number; whatever is no number stays what it is. */
export function roundedUp<T>(value: T): T | number {
  return typeof value === "number" ? Math.ceil(value) : value;
}

/** How long to wait: what is left of a time that is over, a negative number, is 0. Fails as `toMs` does. */
export function delayToMs(delay: Duration, what = "delay"): number {
  return toMs(typeof delay === "number" && delay < 0 ? 0 : delay, what);
}

/** Negative, which no duration is, where the text is none. */
function read(text: string): number {
  const parts = PARTS.exec(text);
  return parts?.[0] ? UNITS.reduce((ms, unit, i) => ms + unit * Number(parts[i + 1] ?? 0), 0) : -1;
}
