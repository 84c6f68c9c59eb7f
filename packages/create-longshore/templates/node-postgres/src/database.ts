import type { Stats } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { type Postgres, listenWith, postgres } from "@longshore/postgres";
import { Client, Pool } from "pg";

export type Database = { readonly adapter: Postgres & Stats; close(): Promise<void> };

/** The jobs in the server of that URL, or in a PostgreSQL inside of this process, with its files in `pgdata`. */
export async function openDatabase(connectionString: string | undefined): Promise<Database> {
  const { adapter, end } = connectionString === undefined ? await inside() : server(connectionString);
  // Makes the tables at the first start; any number of instances may do so at once.
  await adapter.migrate();
  return {
    adapter,
    async close() {
      await adapter.close();
      await end();
    },
  };
}

function server(connectionString: string) {
  const pool = new Pool({ connectionString });
  const listen = listenWith(() => new Client({ connectionString }));
  return { adapter: postgres(pool, { stats: statistics, listen }), end: () => pool.end() };
}

/** For the first day. One process alone can have it open, and it is not installed where it is deployed. */
async function inside() {
  const { PGlite } = await import("@electric-sql/pglite").catch((cause: unknown) => {
    throw new Error("Set DATABASE_URL to that of your PostgreSQL: postgres://user:password@host/database", { cause });
  });
  const db = await PGlite.create("pgdata");
  return { adapter: postgres(db, { stats: statistics }), end: () => db.close() };
}
