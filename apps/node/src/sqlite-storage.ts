import { DatabaseSync } from "node:sqlite";
import { createQueue } from "@longshore/core";
import { sqlite } from "@longshore/sqlite";
import { type Order, type StoredOrder, confirmOrder } from "./orders.ts";
import { LEASE, type Storage } from "./storage.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS orders (
  id TEXT PRIMARY KEY, buyer TEXT NOT NULL, items TEXT NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0) STRICT`;

type Row = { readonly id: string; readonly buyer: string; readonly items: string; readonly confirmed: number };

export function openSqliteStorage(path: string): Storage {
  const database = new DatabaseSync(path);
  const jobs = sqlite(database, { lease: LEASE });
  database.exec(TABLE);
  const insert = database.prepare("INSERT OR IGNORE INTO orders (id, buyer, items) VALUES (?, ?, ?)");
  const select = database.prepare("SELECT id, buyer, items, confirmed FROM orders WHERE id = ?");
  const update = database.prepare("UPDATE orders SET confirmed = 1 WHERE id = ?");
  const count = database.prepare("SELECT count(*) orders, coalesce(sum(confirmed), 0) confirmed FROM orders");
  const inTransaction = createTransactions(database);
  return {
    jobs,
    addOrder: ({ id, buyer, items }: Order) =>
      inTransaction(async () => {
        const { changes } = insert.run(id, buyer, JSON.stringify(items));
        if (changes === 1) await createQueue(jobs.within(database)).enqueue(confirmOrder, { order: id });
        return changes === 1;
      }),
    async findOrder(id): Promise<StoredOrder | undefined> {
      const row = select.get(id) as Row | undefined; // the columns of the statement
      return row && { ...row, items: JSON.parse(row.items), confirmed: row.confirmed === 1 };
    },
    confirm: (id) => inTransaction(async () => void update.run(id)),
    async countOrders() {
      return count.get() as { orders: number; confirmed: number }; // the columns of the statement
    },
    async close() {
      await jobs.close();
      database.close();
    },
  };
}

/** Runs transactions of one handle one after the other, because a handle can have only one open. */
function createTransactions(database: DatabaseSync): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = await work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
  return (work) => {
    const next = last.then(() => run(work));
    last = next.catch(() => {});
    return next;
  };
}
