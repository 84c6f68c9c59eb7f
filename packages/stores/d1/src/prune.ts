import type { StoredJob } from "@longshore/core/adapter";
import type { Port } from "./port.ts";
import { SHOWN, type ShownRow, storedJob } from "./row.ts";
import { NOW } from "./tables.ts";

/** How many rows past their time one call deletes, and how many characters of dead letters it returns. */
const MOST_EXPIRED = 1_000;
const MOST_CHARACTERS = 8_000_000;

const EXPIRED = `DELETE FROM longshore_jobs WHERE id IN (SELECT id FROM longshore_jobs INDEXED BY longshore_expires WHERE expires <= ${NOW} ORDER BY expires LIMIT ${MOST_EXPIRED})`;

/** The dead letters to go: those past ?2 ms, and the oldest of more than ?3; ?4 at most. */
const OLDEST = `WITH old AS (SELECT id, size, due FROM longshore_jobs INDEXED BY longshore_dead WHERE ended = 'dead' AND due <= max(${NOW} - ?2, coalesce((SELECT due FROM longshore_jobs INDEXED BY longshore_dead WHERE ended = 'dead' ORDER BY due DESC LIMIT 1 OFFSET CAST(?3 AS INTEGER)), 0)) ORDER BY due LIMIT CAST(?4 AS INTEGER))
SELECT id FROM (SELECT id, row_number() OVER line AS place, sum(size) OVER line AS characters FROM old WINDOW line AS (ORDER BY due ROWS UNBOUNDED PRECEDING)) WHERE place = 1 OR characters <= ${MOST_CHARACTERS}`;
const DEAD = `DELETE FROM longshore_jobs AS j WHERE j.id IN (${OLDEST}) RETURNING ${SHOWN.replaceAll(/\bj\./g, "longshore_jobs.")}`;

export type DeadBounds = { readonly deadKeepMs: number; readonly maxDead: number };

export async function prune<P>(
  port: Port<P>,
  at: number | null,
  limit: number,
  { deadKeepMs, maxDead }: DeadBounds,
): Promise<StoredJob[]> {
  const [, gone = []] = await port.write([
    { sql: EXPIRED, args: [at] },
    { sql: DEAD, args: [at, deadKeepMs, maxDead, limit] },
  ]);
  return (gone as readonly ShownRow[]).map(storedJob).sort((a, b) => a.dueAt - b.dueAt); // the columns of SHOWN
}
