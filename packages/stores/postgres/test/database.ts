import { PGlite } from "@electric-sql/pglite";
import postgresjs from "postgres";
import { inject } from "vitest";
import { openPool } from "./pool.ts";
import type { Database } from "./stores.ts";

/** The server of this run through pg, or PGlite where there is no server. */
export async function openDatabase(max = 8): Promise<Database> {
  const url = inject("postgres");
  if (url === undefined) return openPglite();
  return openPool(url, max);
}

export async function openPglite(): Promise<Database> {
  const db = await PGlite.create();
  return {
    client: db,
    query: async (text, parameters) => (await db.query(text, parameters)).rows,
    end: () => db.close(),
  };
}

/** With `prepare: false` it works behind a pooler of transactions. */
export function openPostgresjs(url: string, prepare = true): Database {
  const sql = postgresjs(url, { max: 8, onnotice: () => {}, prepare });
  return {
    client: sql,
    transact: (work) => sql.begin(work),
    query: (text, parameters) => sql.unsafe(text, parameters as never[]),
    end: () => sql.end(),
  };
}
