import { LongshoreError } from "@longshore/core";

/** What a store needs of a Durable Object's storage. */
export type SqlHome = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/** Runs one statement and reads its answer to the end: a cursor left open keeps what it would still write. */
export type Sql = <T extends Record<string, SqlStorageValue>>(
  query: string,
  ...values: readonly (string | number | null)[]
) => T[];

/** Of the tables below. Who finds a newer one was rolled back too far. */
const FORMAT = 1;

/**
 * What is billed is rows written, an index's entry being one: so a job that starts at once enters no index, a claim
 * writes one row for its whole batch and touches no job, and the columns that may be long come last.
 * Every row has a `rev`, new at each write, by which a write that was rolled back is found.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS longshore_jobs (
  id TEXT PRIMARY KEY, rev INTEGER, queue TEXT, priority INTEGER, waiting INTEGER, due INTEGER, seq INTEGER,
  ended TEXT, expires INTEGER, attempt INTEGER, fence INTEGER, token INTEGER, settled INTEGER, born INTEGER,
  keep INTEGER, partition TEXT, name TEXT, headers TEXT, failures TEXT, result TEXT, payload TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS longshore_waiting ON longshore_jobs (queue, priority, due, seq) WHERE waiting = 1;
CREATE INDEX IF NOT EXISTS longshore_dead ON longshore_jobs (due) WHERE ended = 'dead';
CREATE TABLE IF NOT EXISTS longshore_leases (id INTEGER PRIMARY KEY, rev INTEGER, token INTEGER, jobs TEXT);
CREATE TABLE IF NOT EXISTS longshore_schedules (
  id TEXT PRIMARY KEY, rev INTEGER, cursor INTEGER, nextAt INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS longshore_meta (id TEXT PRIMARY KEY, rev INTEGER, value) WITHOUT ROWID;
INSERT INTO longshore_meta SELECT 'format', 0, ${FORMAT} WHERE NOT EXISTS (SELECT 1 FROM longshore_meta);
`;

/** Makes the tables where there are none. Fails with `invalid_option` on those of a newer version of this library. */
export function makeTables(sql: Sql): void {
  sql(TABLES);
  const [row] = sql<{ value: number }>("SELECT value FROM longshore_meta WHERE id = 'format'");
  if (row === undefined || row.value <= FORMAT) return;
  throw new LongshoreError(
    "invalid_option",
    `This object's jobs are in format ${row.value} and this code knows ${FORMAT}: deploy a newer version.`,
  );
}
