import {
  type Database,
  type OpenSmallJobs,
  type Room,
  type StoreOptions,
  openSmallJobs,
} from "@longshore/sqlite-engine";
import { refuseAsyncTransactions } from "./async-transactions.ts";
import type { ObjectStorage } from "./storage.ts";

const ROOM: Room = {
  // Twice as many make each call slower than its row would have.
  open: 32_000,
  // Forty to fifty usual jobs, which share a row.
  ended: 10_000,
  chunk: 32_000,
  // What tells in which chunk they are takes 20 MB of an object's 128.
  kept: 1_000_000,
};

/** The small jobs of an object, whose database has one connection. */
export function smallJobsOf({ clock }: Pick<StoreOptions, "clock">): OpenSmallJobs {
  return openSmallJobs(ROOM, clock);
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
