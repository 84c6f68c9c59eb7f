import { LongshoreError } from "@longshore/core";
import { TABLES } from "./schema.ts";
import type { Tables } from "./tables.ts";

/** The version of the tables. Code that finds a newer one was rolled back too far. */
const FORMAT = 1;
/** The version once there was a job with a unique key: older code would not free it. */
export const KEYED_FORMAT = 2;
/** The version once there was a job with limits: older code would not keep them. */
export const LIMITED_FORMAT = 3;
/** The version once there was a job that comes after others: older code would not free it. */
export const LINKED_FORMAT = 4;
/** The version once there was a job that must begin in time: older code would begin it late. */
export const EXPIRING_FORMAT = 5;
/** The version once there was a job with a rate: older code would start it at once. */
export const THROTTLED_FORMAT = 6;
/** The version once a queue was counted: older code would not go on counting. */
export const DEPTH_FORMAT = 7;
/** The version once there was a job with an order: older code would let others pass it. */
export const ORDERED_FORMAT = 8;
/** The version once there was a job in the ledger: older code would not find it. */
export const LEDGER_FORMAT = 9;
/** The version once an ended job was kept without a row of its own: older code would not find it, nor let it go. */
export const KEPT_FORMAT = 10;
const NEWEST_FORMAT = KEPT_FORMAT;

/** Creates missing tables. Fails with `invalid_option` if they are of a newer version of this library. */
export function makeTables({ sql, setMeta, getMeta }: Tables): void {
  for (const statement of TABLES) sql(statement);
  const format = getMeta<number>("format") ?? 0;
  if (format === 0) setMeta("format", FORMAT);
  if (format > NEWEST_FORMAT) {
    throw new LongshoreError("invalid_option", `These jobs have format ${format}; this code knows ${NEWEST_FORMAT}.`);
  }
}

/** Before the first job of a kind that older code does not know. */
export function raiseFormat({ setMeta, getMeta }: Pick<Tables, "setMeta" | "getMeta">, to: number): void {
  if ((getMeta<number>("format") ?? 0) < to) setMeta("format", to);
}
