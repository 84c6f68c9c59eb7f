const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** `850 ms`, `4.2 s`, `3 m 20 s`, `2 d 4 h`. */
export function duration(ms: number): string {
  const length = Math.abs(ms);
  if (length < 1_000) return `${Math.round(length)} ms`;
  if (length < 60_000) return `${(length / 1_000).toFixed(length < 10_000 ? 1 : 0)} s`;
  const parts: string[] = [];
  let left = length;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** `3 m ago`, `in 20 s`, `now`. */
export function ago(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 1_000) return "now";
  return ms > 0 ? `in ${duration(ms)}` : `${duration(ms)} ago`;
}

const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** In the reader's zone. */
export function local(at: number): string {
  return date.format(at);
}

/** `2026-11-29 07:39:50 UTC` */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const whole = new Intl.NumberFormat();

export function count(value: number): string {
  return whole.format(value);
}

/** A rate, as its size allows. */
export function perSecond(value: number): string {
  if (value === 0) return "0";
  return value < 0.1 ? `${(value * 60).toFixed(1)}/min` : `${value.toFixed(value < 10 ? 1 : 0)}/s`;
}
