import { createQueue } from "@longshore/core";
import { postgres } from "@longshore/postgres";
import { Pool } from "pg";
import { type StoredOrder, confirmOrder } from "./orders.ts";
import { LEASE, type Storage } from "./storage.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS orders (
  id text PRIMARY KEY, buyer text NOT NULL, items jsonb NOT NULL, confirmed boolean NOT NULL DEFAULT false)`;

export async function openPostgresStorage(connectionString: string): Promise<Storage> {
  const pool = new Pool({ connectionString, max: 10 });
  const jobs = postgres(pool, { lease: LEASE });
  await jobs.migrate();
  await pool.query(TABLE);
  return {
    jobs,
    async addOrder({ id, buyer, items }) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const { rowCount } = await client.query(
          "INSERT INTO orders (id, buyer, items) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
          [id, buyer, JSON.stringify(items)],
        );
        if (rowCount === 1) await createQueue(jobs.within(client)).enqueue(confirmOrder, { order: id });
        await client.query("COMMIT");
        return rowCount === 1;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {}); // the connection may be what failed
        throw error;
      } finally {
        client.release();
      }
    },
    async findOrder(id) {
      const { rows } = await pool.query<StoredOrder>("SELECT id, buyer, items, confirmed FROM orders WHERE id = $1", [
        id,
      ]);
      return rows[0];
    },
    async confirm(id) {
      await pool.query("UPDATE orders SET confirmed = true WHERE id = $1", [id]);
    },
    async countOrders() {
      const { rows } = await pool.query<{ orders: number; confirmed: number }>(
        "SELECT count(*)::int orders, (count(*) FILTER (WHERE confirmed))::int confirmed FROM orders",
      );
      return rows[0] ?? { orders: 0, confirmed: 0 };
    },
    async close() {
      await jobs.close();
      await pool.end();
    },
  };
}
