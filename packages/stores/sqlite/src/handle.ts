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
  /** Of `node:sqlite`, from Node 22.16 on. */
  setReturnArrays?(enabled: boolean): void;
  columns?(): readonly { readonly name: string }[];
  /** Of `node:sqlite`; the next of better-sqlite3 and `bun:sqlite`. */
  setReadBigInts?(enabled: boolean): void;
  safeIntegers?(enabled: boolean): unknown;
};

type Prepared = {
  readonly statement: Statement;
  /** For each parameter of a statement with numbered ones, which value it gets. */
  readonly places: readonly number[];
  /** The names of its columns, if its rows are arrays. */
  readonly columns: readonly string[] | undefined;
};

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
      const statement = handle.prepare(plain) as Statement; // all three have these methods
      // A handle may be set to read integers as BigInt, for ids of the app's own: the engine's are numbers.
      statement.setReadBigInts?.(false);
      statement.safeIntegers?.(false);
      found = { statement, places, columns: returnArrays(statement) };
      statements.set(query, found);
    }
    return found;
  };
  const rowsOf = (query: string, values: readonly SqlValue[]): unknown[] => {
    const { statement, places, columns } = prepared(query);
    const bound = places.length === 0 ? values : places.map((place) => values[place]);
    if (statement.reader !== false) {
      const rows = statement.all(...bound);
      return columns === undefined ? rows : rows.map((row) => objectOf(columns, row as readonly unknown[])); // as set
    }
    statement.run(...bound);
    return [];
  };
  const sql: Database["sql"] = <T>(query: string, ...values: readonly SqlValue[]) => rowsOf(query, values) as T[]; // the caller knows its columns
  // Versions of Node before 22.16 do not tell, so there it is known of our own transactions only.
  const isOpen = (): boolean => handle.isTransaction ?? handle.inTransaction ?? open;
  const within = <T>([begin, commit, undo]: Bounds, work: () => T): T => {
    const outermost = !isOpen();
    sql(begin);
    open = true;
    try {
      const answer = work();
      sql(commit);
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
    run(query, ...values) {
      const { changes } = prepared(query).statement.run(...values) as { readonly changes: number }; // all three tell it
      return changes;
    },
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

/** Lets a statement return its rows as arrays, where it can: `node:sqlite` takes half as long as for objects. */
function returnArrays(statement: Statement): readonly string[] | undefined {
  if (statement.setReturnArrays === undefined || statement.columns === undefined) return undefined;
  statement.setReturnArrays(true);
  return statement.columns().map(({ name }) => name);
}

function objectOf(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columns.forEach((name, i) => {
    row[name] = values[i];
  });
  return row;
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
