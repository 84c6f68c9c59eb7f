import type { WakeRequest } from "@longshore/core/adapter";
import { type Port, list } from "./port.ts";
import { pausedUntil } from "./pauses.ts";
import { NOW, PRIORITIES } from "./tables.ts";

/** One line of the index, of the queue `q` and the priority `p`. */
const LINE =
  "longshore_jobs AS j INDEXED BY longshore_waiting WHERE j.queue = q.value AND j.priority = p.value AND j.ended IS NULL";

/**
 * For each line its first waiting row, and the first end of a lease among the rows before it. Behind it there may be
 * leased rows, too, but a row that was leased has been due, and a first waiting row that is due answers by itself.
 */
const DUE = `SELECT min(w.due) - ${NOW} AS due FROM (
SELECT max(min(coalesce(f.due, f.lapse), coalesce(f.lapse, f.due)), ${pausedUntil("f.queue")}) AS due FROM (
SELECT f.queue, f.due, (SELECT min(j.until) FROM ${LINE.replace("q.value", "f.queue").replace("p.value", "f.priority")} AND j.until IS NOT NULL AND j.due <= coalesce(f.due, 9e99)) AS lapse FROM (
SELECT q.value AS queue, p.value AS priority, (SELECT j.due FROM ${LINE} AND j.until IS NULL ORDER BY j.due, j.seq LIMIT 1) AS due
FROM json_each(?2) AS q CROSS JOIN ${PRIORITIES} AS p WHERE q.value NOT IN (SELECT queue FROM longshore_paused)) AS f) AS f
UNION ALL SELECT z.upcoming FROM json_each(?3) AS s CROSS JOIN longshore_schedules AS z ON z.name = s.value ->> 0 AND z.rule = s.value ->> 1) AS w`;

export async function dueInMs<P>(
  port: Port<P>,
  at: number | null,
  { queues, schedules }: WakeRequest,
): Promise<number | undefined> {
  const refs = list(schedules.map(({ name, rule }) => [name, rule]));
  const [rows] = await port.read([{ sql: DUE, args: [at, list(queues), refs] }]);
  const [{ due }] = rows as readonly [{ due: number | null }]; // an aggregate has one row
  return due === null ? undefined : Math.max(0, due);
}
