import type { HeldKey } from "@longshore/core/adapter";
import { KEYED_FORMAT, raiseFormat } from "./table-creation.ts";
import { standsAt } from "./schema.ts";
import type { Row } from "./row.ts";
import type { Tables } from "./tables.ts";

/**
 * What is stored of a unique key, in `about`: so a job without one costs nothing. `slot`: its place in the index, as the
 * job that holds the key or as the one that waits behind it; undefined once it has given the key up.
 */
export type StoredKey = { readonly unique: HeldKey; readonly slot?: string };

export type Keys = {
  load(): void;
  /** Makes the index before the first job with a key. */
  prepare(): void;
  /** A job need not wait for another any more, since this was last set to false. */
  passedOn: boolean;
};

const SLOT = "json_extract(about,'$.slot')";
/** The second condition tells the planner that the index has all such rows. */
export const FIND: string = `SELECT * FROM longshore_jobs WHERE ${SLOT}=? AND ${SLOT} IS NOT NULL AND ${standsAt("?")}`;

export function openKeys(tables: Pick<Tables, "sql" | "getMeta" | "setMeta">): Keys {
  let ready = false;
  return {
    passedOn: false,
    load() {
      ready = false;
    },
    prepare() {
      if (ready) return;
      ready = true;
      // Not unique: a job that has ended keeps its slot until somebody looks. Code that knows no keys must not go on here.
      tables.sql(`CREATE INDEX IF NOT EXISTS longshore_keys ON longshore_jobs(${SLOT}) WHERE ${SLOT} IS NOT NULL`);
      raiseFormat(tables, KEYED_FORMAT);
    },
  };
}

/** The stored key of a job; undefined for most, which is found out without parsing. */
export function keyOf(about: string): StoredKey | undefined {
  if (!about.includes('"unique":')) return undefined;
  const parsed: StoredKey | { readonly unique?: undefined } = JSON.parse(about);
  return parsed.unique && parsed;
}

export function withKey(row: Row, key: StoredKey): Row {
  return { ...row, about: JSON.stringify({ ...JSON.parse(row.about), slot: undefined, ...key }) };
}

export function behindOf(key: string): string {
  return `${key}\nbehind`; // no key has such a line
}
