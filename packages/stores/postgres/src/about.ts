/*
 * The text `about` of a job is JSON: its headers and its partition. Where SQL must know more of a job, it has a line for each
 * part, which is null or left out behind the last, and `keep` is negative to tell so. JSON has no line breaks of its own. SQL
 * must not read headers, in which any character may be escaped.
 */

/** The number of a part's line. */
export const KEY = 3;
export const LIMITS = 4;
export const PATIENCE = 5;
export const FAMILY = 6;

export function encodeAbout(
  headers: object,
  partition: string | undefined,
  parts: readonly (object | undefined)[],
): string {
  const last = Math.max(...parts.map((part, i) => (part === undefined ? 0 : i)));
  const [key, ...others] = parts.slice(0, last + 1).map((part) => JSON.stringify(part ?? null));
  const lines = [`[${JSON.stringify(headers)},`, `${JSON.stringify(partition ?? null)},`, key];
  return [...lines, ...others.map((part) => `,${part}`), "]"].join("\n");
}

export function lineOf(about: string, line: number): string {
  return `split_part(${about}, E'\\n', ${line})`;
}

/** Whether a job, by its text and its `keep`, has a part behind its key. */
export function hasPart(j: string, line: number): string {
  return `${j}.keep < 0 and starts_with(${lineOf(`${j}.about`, line)}, ',{')`;
}
/** That part, as JSON; null if it has none. */
export function partOf(j: string, line: number): string {
  return `case when ${hasPart(j, line)} then substr(${lineOf(`${j}.about`, line)}, 2)::json end`;
}

/** The text `about` of a job, whose parts are lines, with some of them from elsewhere. */
export function aboutOf(headers: string, partition: string, key: string, rest: string): string {
  return `${lineOf(headers, 1)} || E'\\n' || ${lineOf(partition, 2)} || E'\\n' || ${key} || ${afterKey(rest)}`;
}
/** What follows the line of the key. */
function afterKey(about: string): string {
  const upTo = [1, 2, KEY].map((line) => `length(${lineOf(about, line)})`).join(" + ");
  return `substr(${about}, 3 + ${upTo})`;
}
