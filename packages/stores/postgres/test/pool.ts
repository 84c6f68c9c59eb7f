import { Pool, type PoolClient } from "pg";
import type { Database } from "./stores.ts";

export function openPool(connectionString: string, max = 8): Database {
  const pool = new Pool({ connectionString, max });
  return {
    client: pool,
    transact: (work) => transactOver(pool, work),
    query: async (text, parameters) => (await pool.query(text, parameters)).rows,
    end: () => pool.end(),
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
