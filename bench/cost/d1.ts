import { type Definition, type AnySchema, createQueue, createWorker } from "@longshore/core";
import { type D1Binding, d1 } from "@longshore/d1";
import { type Measured, eachKind } from "./prices.ts";
import { handlers, kept, plain } from "./scenarios.ts";

type Any = Definition<AnySchema, AnySchema | undefined>;

/** Longer than anything is kept. */
const LATER_MS = 25 * 3_600_000;
const JOBS = 1_000;

/** Each returns what one job cost in a D1 database. Only rows are billed there: a batch is no request. */
export const overD1 = {
  d1: (database) => life(database, plain, 10),
  d1Alone: (database) => life(database, plain, 1),
  d1Kept: (database) => life(database, kept, 10),
} satisfies Record<string, (database: D1Database) => Promise<Measured>>;

/** Jobs come so many at a time, are run by a worker with as many slots, and are removed when their time is over. */
async function life(database: D1Database, definition: Any, size: number): Promise<Measured> {
  const bill = { rowsWritten: 0, rowsRead: 0 };
  let aheadMs = 0;
  const adapter = d1(metered(database, bill), { clock: () => Date.now() + aheadMs });
  await adapter.migrate();
  const queue = createQueue(adapter);
  const worker = createWorker(adapter, { handlers, queues: { default: size } });
  const inTurn = async (batches: number): Promise<void> => {
    for (let batch = 0; batch < batches; batch++) {
      await queue.enqueueMany(Array.from({ length: size }, (_, userId) => definition.with({ userId })));
      await worker.drain();
    }
  };
  await inTurn(1);
  const before = { ...bill };
  const startedAt = Date.now();
  await inTurn(JOBS / size);
  const seconds = (Date.now() - startedAt) / 1_000;
  aheadMs = LATER_MS;
  await adapter.prune(100);
  const cost = eachKind((kind) =>
    kind === "rowsWritten" || kind === "rowsRead" ? (bill[kind] - before[kind]) / JOBS : 0,
  );
  return { ...cost, perSecond: JOBS / seconds };
}

function metered(
  database: D1Database,
  bill: { rowsWritten: number; rowsRead: number },
): D1Binding<D1PreparedStatement> {
  return {
    prepare: (sql) => database.prepare(sql),
    async batch(statements) {
      const results = await database.batch(statements);
      for (const { meta } of results) {
        bill.rowsWritten += meta.rows_written;
        bill.rowsRead += meta.rows_read;
      }
      return results;
    },
  };
}
