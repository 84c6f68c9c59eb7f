import { type ErrorCode, refuse } from "./errors.ts";

/** The most jobs in one call. */
export const MAX_BATCH = 1_000;

/** What a text may be, for code and, after "must be", for people. */
type Form = readonly [pattern: RegExp, expected: string];

const NAME: Form = [/^[a-z\d][\w.-]{0,99}$/i, "1 to 100 ASCII letters, digits, _ . or -, the first a letter or digit"];
const ID: Form = [/^[\w.:@/+=~-]{1,200}$/, "1 to 200 ASCII letters, digits or _.:@/+=~-"];
/** Ids and partitions that can be looked up, including those of the library, which begin with a `$`. */
const REF: Form = [/^\$?[\w.:@/+=~$-]{1,200}$/, "1 to 200 ASCII letters, digits or _.:@/+=~$-"];

/** Checks the name of a job, queue, schedule or metadata entry. Fails with `invalid_name`, or the given code. */
export function checkName(name: unknown, what: string, code: ErrorCode = "invalid_name"): void {
  checkText(name, NAME, what, code);
}

/** Checks an id or partition of a new job. Fails with `invalid_id`. */
export function checkId(id: string, what: "id" | "partition"): void {
  checkText(id, ID, what, "invalid_id");
}

/** Checks an id or partition of an existing job, which may be the library's. Fails with `invalid_id`. */
export function checkRef(id: string, what: "id" | "partition"): void {
  checkText(id, REF, what, "invalid_id");
}

export function checkText(text: unknown, [pattern, expected]: Form, what: string, code: ErrorCode): void {
  // A pattern alone accepts any value that converts to such a text.
  if (typeof text !== "string" || !pattern.test(text)) refuse(code, what, expected, text);
}

/** Checks a whole number from `least` to `most`. Fails with `invalid_option`, or the given code. */
export function checkInteger(
  value: number,
  least: number,
  most: number,
  what: string,
  code: ErrorCode = "invalid_option",
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  refuse(code, what, `a whole number from ${least} to ${most}`, value);
}

/** Checks a list of jobs. Fails with `invalid_option` if it is not a list, and with `batch_too_large`. */
export function checkBatch(jobs: readonly unknown[], most: number = MAX_BATCH): void {
  if (!Array.isArray(jobs)) refuse("invalid_option", "jobs", "a list", jobs);
  checkInteger(jobs.length, 0, most, "number of jobs", "batch_too_large");
}
