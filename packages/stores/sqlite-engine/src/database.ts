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
  /** Called before every access. Throws where jobs cannot be used now. */
  beforeAccess?(): void;
};
