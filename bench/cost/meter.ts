import type { ObjectContext } from "@longshore/durable-objects";
import type { Bill } from "./prices.ts";

/** What one object was billed, and how far its jobs are, so that nobody has to ask, which would be billed. */
export type Meter = { -readonly [Kind in keyof Bill]: number } & {
  /** Jobs handed out for the first time, and again after a lease that ran out. */
  begun: number;
  repeated: number;
  settled: number;
  /** Alarms that fired. */
  rang: number;
  /** Looks at the schedules that are under way. */
  ticking: number;
  /** By how much the object's clock is fast, in ms. */
  aheadMs: number;
};

const meters = new Map<string, Meter>();

/** The meter of an object, which lives in the same isolate as everybody else here. */
export function meterOf(object: string): Meter {
  const counts = { rowsWritten: 0, alarms: 0, rowsRead: 0, requests: 0, operations: 0 };
  const meter = meters.get(object) ?? { ...counts, begun: 0, repeated: 0, settled: 0, rang: 0, ticking: 0, aheadMs: 0 };
  meters.set(object, meter);
  return meter;
}

/** The context of an object, with a storage that counts. */
export function metered(ctx: DurableObjectState, meter: Meter): ObjectContext {
  const { storage } = ctx;
  const exec: SqlStorage["exec"] = (query, ...values) => {
    const cursor = storage.sql.exec<never>(query, ...values);
    const rows = cursor.toArray();
    meter.rowsWritten += cursor.rowsWritten;
    meter.rowsRead += cursor.rowsRead;
    // This one is read to its end, which is when it knows its figures. The store asks nothing else of one.
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
