import type { Database, SharedDatabase, SqlValue } from "@longshore/sqlite-engine";

/**
 * An open database of `node:sqlite` (Node, Deno), better-sqlite3 or `bun:sqlite`. Whatever they call the property that
 * tells an open transaction, one of the two is read.
 */
export type SqliteHandle = {
  exec(sql: string): unknown;
  prepare(sql: string): object;
  close(): unknown;
  readonly isTransaction?: boolean;
  readonly inTransaction?: boolean;
};

type Statement = {
  all(...values: readonly unknown[]): unknown[];
  run(...values: readonly unknown[]): unknown;
  /** Of better-sqlite3, which refuses `all` on a statement without rows. */
  readonly reader?: boolean;
};

/** `places`: for each parameter of a statement with numbered ones, which value it gets. */
type Prepared = { readonly statement: Statement; readonly places: readonly number[] };

/** A database that also knows of transactions that others have opened on its handle. */
export type LocalDatabase = Database & {
  /** Whether a transaction is open on the handle. Between two calls of the engine it is never one of ours. */
  isOpen(): boolean;
  /** Of a file; a database in memory has one connection. */
  readonly shared: SharedDatabase | undefined;
};

/** Fills in what the engine needs, over a handle. */
export function databaseOver(handle: SqliteHandle): LocalDatabase {
  const statements = new Map<string, Prepared>();
  let open = false;

  const prepared = (query: string): Prepared => {
    let found = statements.get(query);
    if (found === undefined) {
      const places: number[] = [];
      const plain = query.replace(NUMBERED, (_, place) => (places.push(Number(place) - 1), "?"));
      found = { statement: handle.prepare(plain) as Statement, places }; // all three have these methods
      statements.set(query, found);
    }
    return found;
  };
  const rowsOf = (query: string, values: readonly SqlValue[]): unknown[] => {
    const { statement, places } = prepared(query);
    const bound = places.length === 0 ? values : places.map((place) => values[place]);
    if (statement.reader !== false) return statement.all(...bound);
    statement.run(...bound);
    return [];
  };
  const sql: Database["sql"] = <T>(query: string, ...values: readonly SqlValue[]) => rowsOf(query, values) as T[]; // the caller knows its columns
  // Versions of Node before 22.16 do not tell, so there it is known of our own transactions only.
  const isOpen = (): boolean => handle.isTransaction ?? handle.inTransaction ?? open;
  const within = <T>([begin, commit, undo]: Bounds, work: () => T): T => {
    const outermost = !isOpen();
    handle.exec(begin);
    open = true;
    try {
      const answer = work();
      handle.exec(commit);
      return answer;
    } catch (error) {
      // SQLite ends the transaction itself after some errors, such as a full disk.
      if (isOpen()) handle.exec(undo);
      throw error;
    } finally {
      if (outermost) open = false;
    }
  };

  const [main] = sql<{ file: string | null }>("SELECT file FROM pragma_database_list WHERE name='main'");
  const shared: SharedDatabase = {
    version: () => sql<{ data_version: number }>("PRAGMA data_version")[0]?.data_version ?? 0,
    snapshot: (work) => within(READ, work),
  };
  return {
    sql,
    isOpen,
    shared: main?.file ? shared : undefined,
    transaction: (work) => within(isOpen() ? NESTED : WRITE, work),
    size: () => sql<{ bytes: number }>(SIZE)[0]?.bytes ?? 0,
  };
}

type Bounds = readonly [begin: string, commit: string, undo: string];

/**
 * Numbered parameters become plain ones: better-sqlite3 and Node before 22.16 take ?1 for a name, and the engine's
 * statements have no question mark in a text.
 */
const NUMBERED = /\?(\d+)/g;
const SIZE = "SELECT page_count*page_size bytes FROM pragma_page_count,pragma_page_size";
const WRITE: Bounds = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"];
const READ: Bounds = ["BEGIN", "COMMIT", "ROLLBACK"];
const NESTED: Bounds = ["SAVEPOINT longshore", "RELEASE longshore", "ROLLBACK TO longshore; RELEASE longshore"];
