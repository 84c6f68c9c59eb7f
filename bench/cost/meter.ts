import type { ObjectContext } from "@longshore/durable-objects";
import type { Bill } from "./prices.ts";

/** What one object was billed, and the progress of its jobs, because asking for it would be billed. */
export type Meter = { -readonly [Kind in keyof Bill]: number } & {
  /** How many jobs were handed out, for the first time or after an expired lease. */
  begun: number;
  repeated: number;
  settled: number;
  /** Alarms that fired. */
  rang: number;
  /** How many checks of the schedules are running. */
  ticking: number;
  /** How far ahead the object's clock is, in ms. */
  aheadMs: number;
};

const meters = new Map<string, Meter>();

/** The meter of an object. All objects here live in the same isolate. */
export function meterOf(object: string): Meter {
  const counts = { rowsWritten: 0, alarms: 0, rowsRead: 0, requests: 0, operations: 0 };
  const meter = meters.get(object) ?? { ...counts, begun: 0, repeated: 0, settled: 0, rang: 0, ticking: 0, aheadMs: 0 };
  meters.set(object, meter);
  return meter;
}

/** An object's context, with a storage that counts. */
export function metered(ctx: DurableObjectState, meter: Meter): ObjectContext {
  const { storage } = ctx;
  const exec: SqlStorage["exec"] = (query, ...values) => {
    const cursor = storage.sql.exec<never>(query, ...values);
    const rows = cursor.toArray();
    meter.rowsWritten += cursor.rowsWritten;
    meter.rowsRead += cursor.rowsRead;
    // Reads the cursor to its end, when its figures are final. The store uses nothing else of a cursor.
    return { toArray: () => rows } as unknown as SqlStorageCursor<never>;
  };
  return {
    storage: {
      sql: {
        exec,
        get databaseSize() {
          return storage.sql.databaseSize;
        },
        Cursor: storage.sql.Cursor,
        Statement: storage.sql.Statement,
      },
      transactionSync: (work) => storage.transactionSync(work),
      sync: () => storage.sync(),
      getAlarm: () => storage.getAlarm(),
      setAlarm(at) {
        meter.alarms++;
        return storage.setAlarm(at);
      },
    },
    waitUntil: (work) => ctx.waitUntil(work),
    blockConcurrencyWhile: (work) => ctx.blockConcurrencyWhile(work),
  };
}
