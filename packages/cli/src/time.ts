const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/** A length of time with its two largest units: `2d3h`, `5m`, `0s`. */
export function length(ms: number): string {
  let rest = Math.max(0, ms);
  const parts: string[] = [];
  for (const [name, unit] of UNITS) {
    const n = Math.floor(rest / unit);
    rest -= n * unit;
    if (n > 0) parts.push(`${n}${name}`);
    if (parts.length === 2) break;
  }
  return parts.join("") || "0s";
}

/** `5m ago`, or `in 5m`. */
export function relative(at: number, now: number): string {
  return at <= now ? `${length(now - at)} ago` : `in ${length(at - now)}`;
}

/** In UTC, to the second. */
export function instant(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString().replace(/\.\d+Z$/, "Z");
}
