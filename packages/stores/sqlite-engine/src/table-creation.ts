import { LongshoreError } from "@longshore/core";
import { SHARED_FORMAT } from "./formats.ts";
import { TABLES } from "./schema.ts";
import type { Tables } from "./tables.ts";

const NEWEST_FORMAT = SHARED_FORMAT;

/** Creates missing tables, of the version `least`. Fails with `invalid_option` if they are of a newer version of this library. */
export function makeTables({ sql, setMeta, getMeta }: Tables, least: number): void {
  for (const statement of TABLES) sql(statement);
  const format = getMeta<number>("format") ?? 0;
  if (format < least) setMeta("format", least);
  if (format > NEWEST_FORMAT) {
    throw new LongshoreError("invalid_option", `These jobs have format ${format}; this code knows ${NEWEST_FORMAT}.`);
  }
}

/** Before the first job of a kind that older code does not know. */
export function raiseFormat({ setMeta, getMeta }: Pick<Tables, "setMeta" | "getMeta">, to: number): void {
  if ((getMeta<number>("format") ?? 0) < to) setMeta("format", to);
}
