import { type Database, type SmallJobs, type StoreOptions, openSmallJobs } from "@longshore/sqlite-engine";
import { refuseAsyncTransactions } from "./async-transactions.ts";
import type { ObjectStorage } from "./storage.ts";

/** In characters. Twice as many make each call slower than its row would have. */
const LEDGER = 32_000;

/** The jobs in the ledger of an object, whose database has one connection. */
export function smallJobsOf({ clock }: Pick<StoreOptions, "clock">): SmallJobs {
  return openSmallJobs(LEDGER, clock);
}

/** The database of an object, for the engine. An open cursor would delay its remaining writes, so all rows are read. */
export function databaseOf(storage: ObjectStorage): Database {
  return {
    sql: (query, ...values) => storage.sql.exec<never>(query, ...values).toArray(),
    transaction: (work) => storage.transactionSync(work),
    size: () => storage.sql.databaseSize,
    beforeAccess: refuseAsyncTransactions(storage),
  };
}
