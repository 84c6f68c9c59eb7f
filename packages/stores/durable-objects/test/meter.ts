import type { ObjectContext } from "../src/index.ts";

/** What a Durable Object is billed for, as its cursors tell, and the alarms, which no cursor shows. */
export type Bill = { rowsWritten: number; rowsRead: number; alarms: number; requests: number };
/** With the number of jobs that were settled, so that a test can wait without asking, which would be billed. */
export type Meter = Bill & { settled: number };

/** A context whose storage counts. */
export function metered(ctx: DurableObjectState, meter: Meter): ObjectContext {
  const { storage } = ctx;
  const sql = {
    get databaseSize() {
      return storage.sql.databaseSize;
    },
    Cursor: storage.sql.Cursor,
    Statement: storage.sql.Statement,
    exec<T extends Record<string, SqlStorageValue>>(query: string, ...values: unknown[]) {
      const cursor = storage.sql.exec<T>(query, ...values);
      const rows = cursor.toArray();
      meter.rowsWritten += cursor.rowsWritten;
      meter.rowsRead += cursor.rowsRead;
      return { toArray: () => rows } as SqlStorageCursor<T>; // the one method that the store calls
    },
  };
  return {
    storage: {
      sql,
      transactionSync: (work) => storage.transactionSync(work),
      sync: () => storage.sync(),
      getAlarm: () => storage.getAlarm(),
      setAlarm: (at) => {
        meter.alarms++;
        return storage.setAlarm(at);
      },
    },
    waitUntil: (work) => ctx.waitUntil(work),
    blockConcurrencyWhile: (work) => ctx.blockConcurrencyWhile(work),
  };
}
