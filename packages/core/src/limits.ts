import { type ErrorCode, refuse } from "./errors.ts";

/** The most jobs in one call. */
export const MAX_BATCH = 1_000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const ID = /^[A-Za-z0-9_.:@/+=~-]{1,200}$/;

/** Names of jobs, queues and schedules. Fails with `invalid_name`. */
export function checkName(name: string, what: string): void {
  if (isName(name)) return;
  refuse(
    "invalid_name",
    `A ${what}'s name`,
    '1 to 100 letters, digits, "_", "." or "-", a letter or digit first',
    name,
  );
}

/** Ids and partitions. Fails with `invalid_id`. */
export function checkId(id: string, what: "id" | "partition"): void {
  if (typeof id === "string" && ID.test(id)) return;
  refuse("invalid_id", `A job's ${what}`, "1 to 200 of letters, digits and _.:@/+=~- (hash the rest)", id);
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

/** Fails with `batch_too_large`. */
export function checkBatch(size: number, most: number = MAX_BATCH): void {
  checkInteger(size, 0, most, "The jobs of one call", "batch_too_large");
}

/** A pattern alone would take what is no text by its name. */
export function isName(value: unknown): boolean {
  return typeof value === "string" && NAME.test(value);
}
