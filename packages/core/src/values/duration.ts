import { type ErrorCode, refuse } from "./errors.ts";

type Milliseconds = `${bigint}ms`;
type Seconds = `${bigint}s` | `${bigint}s${Milliseconds}`;
type Minutes = `${bigint}m` | `${bigint}m${Seconds | Milliseconds}`;
type Hours = `${bigint}h` | `${bigint}h${Minutes | Seconds | Milliseconds}`;
type Days = `${bigint}d` | `${bigint}d${Hours | Minutes | Seconds | Milliseconds}`;

/** Whole numbers with units, larger units first: `"30s"`, `"1h30m"`, `"7d"`, `"250ms"`. */
export type DurationString = Days | Hours | Minutes | Seconds | Milliseconds;

/** A span of time: milliseconds, or text such as `"30s"`, `"5m"`, `"1h30m"`. 0 to 100 years. */
export type Duration = number | DurationString;

const DAY = 86_400_000;
const LONGEST = 36_525 * DAY;

/** 13 digits are enough for 100 years of milliseconds. */
const PARTS = /^(?:(\d{1,13})d)?(?:(\d{1,13})h)?(?:(\d{1,13})m)?(?:(\d{1,13})s)?(?:(\d{1,13})ms)?$/;
/** The unit of each part of the pattern, in ms. */
const UNITS = [DAY, 3_600_000, 60_000, 1_000, 1];

/**
 * A duration in whole milliseconds, 0 to 100 years. Fractions, which come from arithmetic, are rounded up. `what` names
 * it in the message: "timeout", "delay". Fails with `invalid_duration`, or with the given code.
 */
export function toMs(duration: Duration, what = "duration", code: ErrorCode = "invalid_duration"): number {
  const ms = typeof duration === "string" ? read(duration) : roundedUp(duration);
  if (typeof ms === "number" && ms >= 0 && ms <= LONGEST) return ms + 0; // no -0
  return refuse(code, what, 'whole ms or text like "1h30m", at most 100 years', duration);
}

/** A number rounded up; any other value unchanged. */
export function roundedUp<T>(value: T): T | number {
  return typeof value === "number" ? Math.ceil(value) : value;
}

/**
 * A delay in whole milliseconds. A negative number, the rest of a time that has passed, counts as 0. Fails as `toMs`
 * does.
 */
export function delayToMs(delay: Duration, what = "delay"): number {
  return toMs(typeof delay === "number" && delay < 0 ? 0 : delay, what);
}

/** Returns -1 if the text is not a duration. */
function read(text: string): number {
  const parts = PARTS.exec(text);
  return parts?.[0] ? UNITS.reduce((ms, unit, i) => ms + unit * Number(parts[i + 1] ?? 0), 0) : -1;
}
