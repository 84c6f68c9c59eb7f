import type { Row } from "./row.ts";

/** What `about` has of a job whose first attempt must begin in time: so another one costs nothing. */
type Patience = { readonly startWithinMs: number; readonly beginBy: number };

export function patienceOf(about: string): Patience | undefined {
  return about.includes('"startWithinMs":') ? JSON.parse(about) : undefined;
}

/** The time within which its first attempt must begin counts from now, or from when it is due. */
export function withPatience<R extends Pick<Row, "about" | "due">>(row: R, now: number): R {
  const patience = patienceOf(row.about);
  if (patience === undefined) return row;
  const beginBy = Math.max(row.due, now) + patience.startWithinMs;
  return { ...row, about: JSON.stringify({ ...patience, beginBy }) };
}

export function hasExpired({ about, attempt }: Pick<Row, "about" | "attempt">, now: number): boolean {
  return attempt === 0 && now > (patienceOf(about)?.beginBy ?? Infinity);
}
