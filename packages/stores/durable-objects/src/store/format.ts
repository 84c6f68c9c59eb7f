import { LongshoreError } from "@longshore/core";
import { TABLES } from "./schema.ts";
import type { Tables } from "./tables.ts";

/** Of the tables. Who finds a newer one was rolled back too far. */
const FORMAT = 1;

/** Makes the tables where there are none. Fails with `invalid_option` on those of a newer version of this library. */
export function makeTables({ sql, setMeta, getMeta }: Tables): void {
  sql(TABLES);
  const format = getMeta<number>("format") ?? 0;
  if (format === 0) setMeta("format", FORMAT);
  if (format > FORMAT) {
    throw new LongshoreError("invalid_option", `These jobs have format ${format}; this code knows ${FORMAT}.`);
  }
}
