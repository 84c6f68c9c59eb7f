/** What a column holds: the engine stores texts, numbers and nothing. */
export type SqlValue = string | number | null;

/** Runs one statement and returns all of its rows. */
export type Sql = <T extends Readonly<Record<string, unknown>>>(
  query: string,
  ...values: readonly SqlValue[]
) => readonly T[];

/** What the engine needs of a SQLite database. Everything is synchronous. */
export type Database = {
  readonly sql: Sql;
  /** Does all of `work` or, if it throws, nothing. May be called inside of another transaction. */
  transaction<T>(work: () => T): T;
  /** The size of the database in bytes. */
  size(): number;
  /** Where other connections may change the database, too: a file. */
  readonly shared?: SharedDatabase | undefined;
  /** Called before every access. Throws where jobs cannot be used now. */
  beforeAccess?(): void;
};

export type SharedDatabase = {
  /** Another number than before if another connection has changed the database. Called inside of every transaction. */
  version(): number;
  /** Runs one statement that returns no rows, and tells how many it has written. */
  run(query: string, ...values: readonly SqlValue[]): number;
  /** Does all of `work`, which only reads, on one state of the database. */
  snapshot<T>(work: () => T): T;
};
