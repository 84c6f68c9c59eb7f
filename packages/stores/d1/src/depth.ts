import type { QueueDepth } from "@longshore/core/adapter";
import type { Port } from "./port.ts";
import { STANDS } from "./tables.ts";
import { firstDueIn } from "./wake.ts";

/*
 * A full queue is found by its jobs in the index, as many as matter: of jobs without a `maxDepth` nothing is counted, and no
 * number is kept that could differ from what stands.
 */

/** The jobs of a queue that have not ended, those in longer lines included: no name has a character below char(11). */
const openIn = (queue: string): string =>
  `longshore_jobs AS j INDEXED BY longshore_waiting WHERE j.queue >= ${queue} AND j.queue < ${queue} || char(11) AND j.ended IS NULL`;

/** How many jobs the queues have that are bounded, of the jobs ?2; more than ?3 do not matter. */
export const DEPTHS: string = `WITH depths AS MATERIALIZED (SELECT d.queue, (SELECT count(*) FROM (SELECT 1 FROM ${openIn("d.queue")} LIMIT CAST(?3 AS INTEGER))) AS depth
FROM (SELECT DISTINCT value ->> 1 AS queue FROM json_each(?2) WHERE value ->> 11 IS NOT NULL) AS d)`;

/** The jobs of a source that are new, each with its number among those of its queue. */
export function numbered(source: string): string {
  return `(SELECT *, row_number() OVER (PARTITION BY value ->> 1 ORDER BY value ->> 5) AS nth FROM ${source} AND NOT EXISTS (SELECT 1 FROM longshore_jobs AS j WHERE j.id = value ->> 0 AND ${STANDS})) AS p LEFT JOIN depths AS d ON d.queue = value ->> 1`;
}
export const HAS_ROOM = "(value ->> 11 IS NULL OR d.depth + nth <= value ->> 11)";

const COUNT = `SELECT count(*) AS jobs FROM ${openIn("?1")}`;

export async function depth<P>(port: Port<P>, at: number | null, queue: string): Promise<QueueDepth> {
  const [counted, due] = await port.read([{ sql: COUNT, args: [queue] }, firstDueIn(queue, at)]);
  const [{ jobs }] = counted as readonly [{ jobs: number }]; // an aggregate has one row
  const [{ due: dueInMs }] = due as readonly [{ due: number | null }];
  return { jobs, waitedMs: Math.max(0, -(dueInMs ?? 0)) };
}
