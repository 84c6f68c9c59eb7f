/** What a store needs of a Durable Object's storage. */
export type ObjectStorage = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/** Runs one statement and reads its answer to the end: a cursor left open keeps what it would still write. */
export type Sql = <T extends Record<string, SqlStorageValue>>(
  query: string,
  ...values: readonly (string | number | null)[]
) => T[];

/** The columns of a job, those last that may be long. */
export const JOB: readonly string[] =
  "rev id queue priority waiting due seq ended expires attempt token born keep about snoozed failures result payload".split(
    " ",
  );

/**
 * What is billed is rows written, an index's entry being one: so a job that starts at once enters no index, and a
 * claim touches no job. Whatever is few (leases, schedules, pauses) is one row of JSON in `meta`. Every row has a
 * `rev`, new at each write, by which a write that was rolled back is found.
 */
export const TABLES: string = `
CREATE TABLE IF NOT EXISTS longshore_jobs(${JOB},PRIMARY KEY(id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS longshore_waiting ON longshore_jobs(queue,priority,due,seq) WHERE waiting=1;
CREATE INDEX IF NOT EXISTS longshore_dead ON longshore_jobs(due) WHERE ended='dead';
CREATE TABLE IF NOT EXISTS longshore_meta(id PRIMARY KEY,rev,value) WITHOUT ROWID;
`;
