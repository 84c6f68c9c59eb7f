import type { Metadata } from "./codec.ts";
import { type ErrorCode, check } from "./errors.ts";

/** The most jobs in one call. */
export const MAX_BATCH = 1_000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const ID = /^[A-Za-z0-9_.:@/+=~-]{1,200}$/;
const MAX_METADATA = 16;
const MAX_METADATA_LENGTH = 256;

/** Names of jobs, queues and schedules. Fails with `invalid_name`. */
export function checkName(name: string, what: string): void {
  const expected = '1 to 100 letters, digits, "_", "." or "-", a letter or digit first';
  check(isText(name, NAME), "invalid_name", `A ${what}'s name`, expected, name);
}

/** Ids and partitions. Fails with `invalid_id`. */
export function checkId(id: string, what: "id" | "partition"): void {
  check(
    isText(id, ID),
    "invalid_id",
    `A job's ${what}`,
    "1 to 200 of letters, digits and _.:@/+=~- (hash the rest)",
    id,
  );
}

export function checkMetadata(metadata: Metadata): void {
  const entries = Object.entries(metadata);
  const fits = entries.every(
    ([key, value]) => isText(key, NAME) && isText(value) && value.length <= MAX_METADATA_LENGTH,
  );
  const expected = `at most ${MAX_METADATA} texts of at most ${MAX_METADATA_LENGTH} characters, named like jobs`;
  check(fits && entries.length <= MAX_METADATA, "invalid_option", "Metadata", expected, metadata);
}

/** Fails with `invalid_option`, or the code given. */
export function checkInteger(value: number, least: number, most: number, what: string, code?: ErrorCode): void {
  const fits = Number.isInteger(value) && value >= least && value <= most;
  check(fits, code ?? "invalid_option", what, `a whole number from ${least} to ${most}`, value);
}

/** Fails with `batch_too_large`. */
export function checkBatch(size: number, most: number = MAX_BATCH): void {
  checkInteger(size, 0, most, "The jobs of one call", "batch_too_large");
}

function isText(value: unknown, pattern?: RegExp): boolean {
  return typeof value === "string" && (pattern === undefined || pattern.test(value));
}
