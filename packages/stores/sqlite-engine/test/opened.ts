import type { NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import {
  type Database,
  type EngineOptions,
  type JobStore,
  type Room,
  openSmallJobs,
  openState,
  storeOver,
} from "../src/index.ts";

/** As an object has it. */
export const ROOM: Room = { open: 32_000, ended: 10_000, chunk: 32_000, kept: 1_000_000 };
export const DAY = 86_400_000;
export const job = (id: string, parts: Partial<NewJob> = {}): NewJob =>
  newJob(id, { payload: "{}", keepMs: 0, ...parts });
export const jobs = (count: number, parts?: Partial<NewJob>): NewJob[] =>
  Array.from({ length: count }, (_, n) => job(`job-${String(n).padStart(4, "0")}`, parts));
export const request = (limit: number) => ({ queues: [{ name: "default", limit }], leaseMs: 30_000 });
export const complete = (store: JobStore, limit: number): readonly string[] => {
  const claimed = store.claim(request(limit));
  store.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  return claimed.map(({ id }) => id);
};

export const opened = (database: Database, options: EngineOptions = {}, room: Room = ROOM): JobStore =>
  storeOver(openState(database, { smallJobs: openSmallJobs(room, options.clock), ...options }));

const only = (database: Database, query: string): unknown => Object.values(database.sql(query)[0] ?? {})[0];
export const rows = (database: Database) => only(database, "SELECT count(*) FROM longshore_jobs");
export const format = (database: Database) => only(database, "SELECT value FROM longshore_meta WHERE id='format'");
export const ledgerSize = (database: Database) =>
  Number(only(database, "SELECT length(value) FROM longshore_meta WHERE id='leases'"));

/** How many jobs each chunk has. */
export function chunks(database: Database): readonly number[] {
  const table = "SELECT 1 FROM sqlite_schema WHERE name='longshore_kept'";
  if (database.sql(table).length === 0) return [];
  const heads = database.sql<{ n: number }>(
    "SELECT json_array_length(ids) n FROM longshore_kept ORDER BY longshore_kept.n",
  );
  return heads.map(({ n }) => n);
}
