import type { D1Binding } from "../src/index.ts";

/** What the platform bills, by the database's own figures; and all statements, once each. */
export type Meter = { written: number; read: number; batches: number; readonly statements: Set<string> };

/** The binding, with a meter. */
export function metered(database: D1Database): {
  readonly database: D1Binding<D1PreparedStatement>;
  readonly meter: Meter;
} {
  const meter: Meter = { written: 0, read: 0, batches: 0, statements: new Set() };
  return {
    meter,
    database: {
      prepare(sql) {
        meter.statements.add(sql);
        return database.prepare(sql);
      },
      async batch(statements) {
        const results = await database.batch(statements);
        meter.batches++;
        for (const { meta } of results) {
          meter.written += meta.rows_written;
          meter.read += meta.rows_read;
        }
        return results;
      },
    },
  };
}

/** Empties the tables, which all tests of a file share. */
export async function empty(database: D1Database): Promise<void> {
  const tables = ["jobs", "paused", "schedules", "workers"];
  const pauses = database.prepare("DELETE FROM longshore_meta WHERE key LIKE '%:%'");
  await database.batch([...tables.map((table) => database.prepare(`DELETE FROM longshore_${table}`)), pauses]);
}
