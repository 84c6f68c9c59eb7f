import type { Make, Transacted } from "@longshore/conformance";
import { type Postgres, type PostgresClient, type PostgresOptions, postgres } from "../src/index.ts";

export type Database = {
  readonly client: PostgresClient;
  /**
   * Runs `work` in a transaction, which rolls back if that throws. A PGlite has one connection: whatever else it is
   * asked waits for the transaction's end, and the suite's cases look from outside while one is open.
   */
  transact?(work: (client: PostgresClient) => Promise<void>): Promise<unknown>;
  /** Runs a statement of the test's own. */
  query(text: string, parameters?: unknown[]): Promise<readonly unknown[]>;
  end(): Promise<void>;
};

const TABLES = [
  "job",
  "paused",
  "paused_for",
  "edge",
  "schedule",
  "worker",
  "counted",
  "key",
  "lane",
  "parked",
  "lane_change",
  "queue_limit",
  "rate",
  "depth",
  "depth_change",
];

async function empty({ query }: Database, schema: string): Promise<void> {
  await query(`truncate ${TABLES.map((table) => `"${schema}".${table}`).join(", ")}`);
}

/** Makes stores for the suite: one schema for all of them, emptied before each. */
export async function makeIn(database: Database, schema: string, options: PostgresOptions = {}): Promise<Make> {
  await postgres(database.client, { schema }).migrate();
  return async ({ clock }) => {
    await empty(database, schema);
    const opened: Postgres[] = [];
    const open = (): Postgres => {
      const adapter = postgres(database.client, { schema, clock: clock.now, ...options });
      opened.push(adapter);
      return adapter;
    };
    const dispose = async (): Promise<void> => {
      for (const adapter of opened) await adapter.close();
    };
    const adapter = open();
    const transact = async (work: Transacted): Promise<void> => {
      await database.transact?.((client) => work(adapter.within(client)));
    };
    return { adapter, reopen: open, dispose, ...(database.transact && { transact }) };
  };
}
