import { waiting } from "./local.ts";

/** What placeholders are bound to. Lists go as JSON text: D1 takes an array of small numbers for the bytes of a blob. */
export type Value = string | number | null;
export type Statement = { readonly sql: string; readonly args: Value[] };
/** A row by its column names. The statements of this package say which columns they have. */
export type Rows = readonly unknown[];

/** Cloudflare's binding or one of its sessions, by shape, so that users of libSQL need no types of Cloudflare. */
export type D1Binding<Prepared = unknown> = {
  prepare(sql: string): { bind(...values: unknown[]): Prepared };
  batch(statements: Prepared[]): Promise<readonly { readonly results: Rows }[]>;
};

/** The client of `@libsql/client`, by shape: local files, libSQL servers and Turso. */
export type LibsqlClient = {
  batch(statements: Statement[], mode: "read" | "write"): Promise<readonly { readonly rows: Rows }[]>;
};

/** All that the store asks of a database: statements in one transaction, and the rows of each. */
export type Port<Prepared> = {
  read(statements: readonly Statement[]): Promise<readonly Rows[]>;
  write(statements: readonly Statement[]): Promise<readonly Rows[]>;
  /** For the user's own batch. */
  prepare(statement: Statement): Prepared;
};

export function portOf<Prepared>(database: D1Binding<Prepared> | LibsqlClient): Port<Prepared | Statement> {
  if ("prepare" in database) {
    const prepare = ({ sql, args }: Statement): Prepared => database.prepare(sql).bind(...args);
    const write = async (statements: readonly Statement[]): Promise<readonly Rows[]> =>
      (await database.batch(statements.map(prepare))).map(({ results }) => results);
    return { read: write, write, prepare };
  }
  const all = waiting(database);
  const batch = (mode: "read" | "write") => async (statements: readonly Statement[]) =>
    (await all([...statements], mode)).map(({ rows }) => rows);
  return { read: batch("read"), write: batch("write"), prepare: (statement) => statement };
}

/** A list as one parameter, for `json_each`: a statement has at most 100 parameters. */
export function list(values: readonly unknown[]): string {
  return JSON.stringify(values);
}

/** The most characters of one parameter: D1 allows 2 MB, and a character takes up to three bytes. */
const MOST_CHARACTERS = 600_000;

/** Splits what becomes one parameter each. A value that is too long goes alone. */
export function chunks<T>(values: readonly T[], charactersOf: (value: T) => number): T[][] {
  const all: T[][] = [];
  let characters = Infinity;
  for (const value of values) {
    const more = charactersOf(value);
    if (characters + more > MOST_CHARACTERS) {
      all.push([]);
      characters = 0;
    }
    characters += more;
    all.at(-1)?.push(value);
  }
  return all;
}
