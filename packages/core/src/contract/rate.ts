import type { Rate } from "./enqueue.ts";

/*
 * The generic cell rate algorithm of ITU-T I.371. A key has one number, its theoretical arrival time (TAT): when the next
 * job would start if all came at the rate. A burst lets a job start so much earlier.
 */

/** When the next job of a key may start (ms since the epoch, perhaps a fraction). `tat`: undefined before the first. */
export function opensAt(rate: Rate, tat: number | undefined, now: number): number {
  return isOf(rate, tat, now) ? tat - (rate.burst - 1) * rate.everyMs : now;
}

/** The TAT of a key of which a job starts now. */
export function nextTat(rate: Rate, tat: number | undefined, now: number): number {
  return (isOf(rate, tat, now) ? Math.max(tat, now) : now) + rate.everyMs;
}

/** False for a TAT that this rate cannot have made: the clock was set back, or a deploy brought another rate. */
function isOf({ everyMs, burst }: Rate, tat: number | undefined, now: number): tat is number {
  return tat !== undefined && tat <= now + (burst + 1) * everyMs;
}
