import { LongshoreError } from "./errors.ts";

type Milliseconds = `${bigint}ms`;
type Seconds = `${bigint}s` | `${bigint}s${Milliseconds}`;
type Minutes = `${bigint}m` | `${bigint}m${Seconds | Milliseconds}`;
type Hours = `${bigint}h` | `${bigint}h${Minutes | Seconds | Milliseconds}`;
type Days = `${bigint}d` | `${bigint}d${Hours | Minutes | Seconds | Milliseconds}`;

/** Whole numbers, each with its unit, larger units first: `"30s"`, `"1h30m"`, `"7d"`, `"250ms"`. */
export type DurationString = Days | Hours | Minutes | Seconds | Milliseconds;

/** A span of time: milliseconds, or text such as `"30s"`, `"5m"`, `"1h30m"`. At most 100 years. */
export type Duration = number | DurationString;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LONGEST = 36_525 * DAY;

const PARTS = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** Enough for 100 years of milliseconds; what is longer need not be read. */
const LONGEST_TEXT = 40;

/**
 * A duration in whole milliseconds, 0 to 100 years. `what` names it in the message: "timeout", "delay".
 * Fails with `invalid_duration`.
 */
export function toMs(duration: Duration, what = "duration"): number {
  const ms = typeof duration === "string" ? read(duration) : duration;
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST) return ms + 0; // no -0
  throw new LongshoreError(
    "invalid_duration",
    `The ${what} must be whole milliseconds (1500) or units in order (d, h, m, s, ms: "30s", "1h30m"), ` +
      `from 0 to 100 years; got ${show(duration)}.${advice(duration)}`,
  );
}

function read(text: string): number | undefined {
  if (text === "" || text.length > LONGEST_TEXT) return undefined;
  const parts = PARTS.exec(text);
  if (parts === null) return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0, ms = 0] = parts;
  return Number(days) * DAY + Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND + Number(ms);
}

/** Callers without types can pass anything; none of it may break the message. */
function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
  return typeof value === "number" ? String(value) : `a value of type ${value === null ? "null" : typeof value}`;
}

function advice(value: unknown): string {
  if (typeof value === "string" && /^\d+$/.test(value)) return " A text needs a unit.";
  if (typeof value === "number" && !Number.isInteger(value) && Number.isFinite(value)) return " Round it first.";
  if (typeof value === "number" && value < 0) return " Use 0 for at once.";
  return "";
}
