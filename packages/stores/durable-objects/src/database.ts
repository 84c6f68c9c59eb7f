import type { Database } from "@longshore/sqlite-engine";
import { refuseAsyncTransactions } from "./async-transactions.ts";
import type { ObjectStorage } from "./storage.ts";

/** The database of an object, for the engine. An open cursor would delay its remaining writes, so all rows are read. */
export function databaseOf(storage: ObjectStorage): Database {
  return {
    sql: (query, ...values) => storage.sql.exec<never>(query, ...values).toArray(),
    transaction: (work) => storage.transactionSync(work),
    size: () => storage.sql.databaseSize,
    beforeAccess: refuseAsyncTransactions(storage),
  };
}
