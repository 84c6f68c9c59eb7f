import { LongshoreError } from "@longshore/core";
import type { Tables } from "./tables.ts";

/** What a store needs of a Durable Object's storage. */
export type SqlHome = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/** Runs one statement and reads its answer to the end: a cursor left open keeps what it would still write. */
export type Sql = <T extends Record<string, SqlStorageValue>>(
  query: string,
  ...values: readonly (string | number | null)[]
) => T[];

/** Of the tables below. Who finds a newer one was rolled back too far. */
const FORMAT = 1;

/** The columns of a job, those last that may be long. */
export const JOB: readonly string[] =
  "rev id queue priority waiting due seq ended expires attempt token born keep about failures result payload".split(
    " ",
  );

/**
 * What is billed is rows written, an index's entry being one: so a job that starts at once enters no index, and a
 * claim touches no job. Whatever is few (leases, schedules, pauses) is one row of JSON in `meta`. Every row has a
 * `rev`, new at each write, by which a write that was rolled back is found.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS longshore_jobs(${JOB},PRIMARY KEY(id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS longshore_waiting ON longshore_jobs(queue,priority,due,seq) WHERE waiting=1;
CREATE INDEX IF NOT EXISTS longshore_dead ON longshore_jobs(due) WHERE ended='dead';
CREATE TABLE IF NOT EXISTS longshore_meta(id PRIMARY KEY,rev,value) WITHOUT ROWID;
`;

/** Makes the tables where there are none. Fails with `invalid_option` on those of a newer version of this library. */
export function makeTables({ sql, mark, marked }: Tables): void {
  sql(TABLES);
  const format = marked<number>("format") ?? 0;
  if (format === 0) mark("format", FORMAT);
  if (format > FORMAT) {
    throw new LongshoreError("invalid_option", `The jobs are in format ${format}; this version knows ${FORMAT}.`);
  }
}
