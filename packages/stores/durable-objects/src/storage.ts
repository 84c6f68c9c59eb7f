import type { Database } from "@longshore/sqlite-engine";
import { refuseAsyncTransactions } from "./async-transactions.ts";

/** The part of a Durable Object's storage that a store needs. */
export type ObjectStorage = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/** The database of an object, for the engine. An open cursor would delay its remaining writes, so all rows are read. */
export function databaseOf(storage: ObjectStorage): Database {
  return {
    sql: (query, ...values) => storage.sql.exec<never>(query, ...values).toArray(),
    transaction: (work) => storage.transactionSync(work),
    size: () => storage.sql.databaseSize,
    beforeAccess: refuseAsyncTransactions(storage),
  };
}
