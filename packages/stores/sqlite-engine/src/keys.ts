import { KEYED_FORMAT } from "./formats.ts";
import { raiseFormat } from "./table-creation.ts";
import { standsAt } from "./schema.ts";
import type { Tables } from "./tables.ts";

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
