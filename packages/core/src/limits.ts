import type { Metadata } from "./codec.ts";
import { type ErrorCode, LongshoreError } from "./errors.ts";

/** The most jobs in one call. */
export const MAX_BATCH = 1_000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const ID = /^[A-Za-z0-9_.:@/+=~-]{1,200}$/;
const METADATA_KEY = /^[A-Za-z0-9_.-]{1,64}$/;
const MAX_METADATA = 16;
const MAX_METADATA_LENGTH = 256;

/** Names of jobs, queues and schedules. Fails with `invalid_name`. */
export function checkName(name: string, what: string): void {
  if (typeof name === "string" && NAME.test(name)) return;
  throw new LongshoreError(
    "invalid_name",
    `A ${what}'s name must be 1 to 100 letters, digits, "_", "." or "-", and begin with a letter or digit; got ${show(name)}.`,
  );
}

/** Ids and partitions. Fails with `invalid_id`. */
export function checkId(id: string, what: "id" | "partition"): void {
  if (typeof id === "string" && ID.test(id)) return;
  throw new LongshoreError(
    "invalid_id",
    `A job's ${what} must be 1 to 200 of letters, digits and _ . : @ / + = ~ -; got ${show(id)}. Hash longer or freer keys.`,
  );
}

export function checkMetadata(metadata: Metadata): void {
  const entries = Object.entries(metadata);
  const fits =
    entries.length <= MAX_METADATA &&
    entries.every(
      ([key, value]) => METADATA_KEY.test(key) && typeof value === "string" && value.length <= MAX_METADATA_LENGTH,
    );
  if (fits) return;
  throw new LongshoreError(
    "invalid_option",
    `Metadata must be at most ${MAX_METADATA} entries, keys of letters, digits, "_", "." or "-", values of at most ${MAX_METADATA_LENGTH} characters. Larger data belongs in the payload.`,
  );
}

export function checkInteger(value: number, least: number, most: number, what: string, code: ErrorCode): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new LongshoreError(code, `${what} must be a whole number from ${least} to ${most}; got ${show(value)}.`);
}

export function checkBatch(size: number): void {
  if (size <= MAX_BATCH) return;
  throw new LongshoreError("batch_too_large", `One call takes at most ${MAX_BATCH} jobs; got ${size}. Split the list.`);
}

/** Input may be anything and of any length: messages show its beginning only. */
export function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value).slice(0, 60);
}
