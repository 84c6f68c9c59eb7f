import { PGlite } from "@electric-sql/pglite";
import type { Make, Transacted } from "@longshore/conformance";
import { Pool, type PoolClient } from "pg";
import postgresjs from "postgres";
import { inject } from "vitest";
import { type Postgres, type PostgresClient, type PostgresOptions, postgres } from "../src/index.ts";

export type Database = {
  readonly client: PostgresClient;
  /**
   * Runs `work` in a transaction, which rolls back if that throws. A PGlite has one connection: whatever else it is
   * asked waits for the transaction's end, and the suite's cases look from outside while one is open.
   */
  transact?(work: (client: PostgresClient) => Promise<void>): Promise<unknown>;
  /** Runs a statement of the test's own. */
  query(text: string, parameters?: unknown[]): Promise<readonly unknown[]>;
  end(): Promise<void>;
};

/** The server of this run through pg, or PGlite where there is no server. */
export async function openDatabase(max = 8): Promise<Database> {
  const url = inject("postgres");
  if (url === undefined) return openPglite();
  return openPool(url, max);
}

export function openPool(connectionString: string, max = 8): Database {
  const pool = new Pool({ connectionString, max });
  return {
    client: pool,
    transact: (work) => transactOver(pool, work),
    query: async (text, parameters) => (await pool.query(text, parameters)).rows,
    end: () => pool.end(),
  };
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

/** A transaction of pg, as its documentation shows it. */
export async function transactOver(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

const TABLES = ["job", "paused", "schedule", "worker", "counted"];

async function empty({ query }: Database, schema: string): Promise<void> {
  await query(`truncate ${TABLES.map((table) => `"${schema}".${table}`).join(", ")}`);
}

/** Makes stores for the suite: one schema for all of them, emptied before each. */
export async function makeIn(database: Database, schema: string, options: PostgresOptions = {}): Promise<Make> {
  await postgres(database.client, { schema }).migrate();
  return async ({ clock }) => {
    await empty(database, schema);
    const opened: Postgres[] = [];
    const open = (): Postgres => {
      const adapter = postgres(database.client, { schema, clock: clock.now, ...options });
      opened.push(adapter);
      return adapter;
    };
    const dispose = async (): Promise<void> => {
      for (const adapter of opened) await adapter.close();
    };
    const adapter = open();
    const transact = async (work: Transacted): Promise<void> => {
      await database.transact?.((client) => work(adapter.within(client)));
    };
    return { adapter, reopen: open, dispose, ...(database.transact && { transact }) };
  };
}
