import { type ErrorCode, refuse } from "./errors.ts";

/** The most jobs in one call. */
export const MAX_BATCH = 1_000;

const NAME = /^[a-z\d][\w.-]{0,99}$/i;
const ID = /^[\w.:@/+=~-]{1,200}$/;
/** The library's own ids and partitions begin with a `$`, which users' cannot have: theirs can be looked up, too. */
const REF = /^\$?[\w.:@/+=~$-]{1,200}$/;

/** Names of jobs, queues, schedules and metadata. Fails with `invalid_name`, or the code given. */
export function checkName(name: unknown, what: string, code: ErrorCode = "invalid_name"): void {
  checkText(name, NAME, what, code);
}

/** Ids and partitions. Fails with `invalid_id`. */
export function checkId(id: string, what: "id" | "partition"): void {
  checkText(id, ID, what, "invalid_id");
}

/** Ids and partitions of jobs that stand, whoever named them. Fails with `invalid_id`. */
export function checkRef(id: string, what: "id" | "partition"): void {
  checkText(id, REF, what, "invalid_id");
}

export function checkText(text: unknown, pattern: RegExp, what: string, code: ErrorCode): void {
  // A pattern alone would take whatever reads like text.
  if (typeof text !== "string" || !pattern.test(text)) refuse(code, what, `text like ${pattern}`, text);
}

/** Fails with `invalid_option`, or the code given. */
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

/** Fails with `invalid_option` for what is no list, and with `batch_too_large`. */
export function checkBatch(jobs: readonly unknown[], most: number = MAX_BATCH): void {
  if (!Array.isArray(jobs)) refuse("invalid_option", "jobs", "a list", jobs);
  checkInteger(jobs.length, 0, most, "number of jobs", "batch_too_large");
}
