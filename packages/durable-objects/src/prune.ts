import type { StoredJob } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { storedJob } from "./job.ts";
import type { Row } from "./tables.ts";

/** Each time that so many claims were made, so many rows are looked at: every row in half of a row's average life. */
const CLAIMS = 256;
const ROWS = 512;

/**
 * Completed and cancelled rows are in no index that knows when they expire, which would cost as much as the row
 * itself. A hand goes round all rows instead, a little with every claim: reads are a thousand times cheaper.
 */
export function sweep(books: Books, tokenBefore: number, now: number): void {
  const steps = Math.floor(books.leases.newest / CLAIMS) - Math.floor(tokenBefore / CLAIMS);
  if (steps > 0) sweepRows(books, steps * ROWS, now);
}

export function sweepRows({ tables, storage, options }: Books, most: number, now: number): void {
  const { sql } = tables;
  const [hand] = sql<{ value: string }>("SELECT value FROM longshore_meta WHERE id='hand'");
  const rows = sql<Pick<Row, "id" | "expires">>(
    "SELECT id,expires FROM longshore_jobs WHERE id>? ORDER BY id LIMIT ?",
    hand?.value ?? "",
    most,
  );
  const full = storage.sql.databaseSize > options.maxBytes;
  for (const { id, expires } of rows) {
    if (expires !== null && (full || expires <= now)) tables.erase(id);
  }
  const next = rows.length < most ? "" : (rows.at(-1)?.id ?? "");
  if (next !== (hand?.value ?? "")) {
    sql("INSERT OR REPLACE INTO longshore_meta VALUES ('hand',?,?)", tables.stamp("meta", "hand"), next);
  }
}

/** Drops dead letters past their time, and the oldest of too many; answers them. */
export function prune(books: Books, limit: number, now: number): StoredJob[] {
  const { tables, options } = books;
  sweepRows(books, ROWS, now);
  const [first] = tables.sql<{ due: number }>(
    "SELECT due FROM longshore_jobs WHERE ended='dead' ORDER BY due DESC LIMIT 1 OFFSET ?",
    options.maxDead,
  );
  const rows = tables.sql<Row>(
    "SELECT * FROM longshore_jobs WHERE ended='dead' AND due<=? ORDER BY due LIMIT ?",
    Math.max(first?.due ?? 0, now - options.deadKeepMs),
    Math.min(limit, 100),
  );
  for (const { id } of rows) tables.erase(id);
  return rows.map((row) => storedJob(row, undefined, now));
}
