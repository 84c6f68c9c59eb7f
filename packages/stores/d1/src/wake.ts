import type { WakeRequest } from "@longshore/core/adapter";
import { type Port, type Statement, list } from "./port.ts";
import { pausedUntil } from "./pauses.ts";
import { firstEndIn, isFull } from "./places.ts";
import { NOW, PRIORITIES } from "./tables.ts";

/** One line of the index, of the queue `q` and the priority `p`. */
const LINE =
  "longshore_jobs AS j INDEXED BY longshore_waiting WHERE j.queue = q.value AND j.priority = p.value AND j.ended IS NULL";

/**
 * For each line of the queues ?2 its first waiting row, and the first end of a lease among the rows before it. Behind
 * it there may be leased rows, too, but a row that was leased has been due, and a first waiting row that is due answers
 * by itself. `due`: when the row `f` is, which has both.
 */
const firsts = (due: string, such: string): string => `SELECT ${due} AS due FROM (
SELECT f.queue, f.due, (SELECT min(j.until) FROM ${LINE.replace("q.value", "f.queue").replace("p.value", "f.priority")} AND j.until IS NOT NULL AND j.due <= coalesce(f.due, 9e99)) AS lapse FROM (
SELECT q.value AS queue, p.value AS priority, (SELECT j.due FROM ${LINE} AND j.until IS NULL ORDER BY j.due, j.seq LIMIT 1) AS due
FROM (SELECT q.value FROM json_each(?2) AS q WHERE ${such}) AS q CROSS JOIN ${PRIORITIES} AS p) AS f) AS f`;
const FIRST = "min(coalesce(f.due, f.lapse), coalesce(f.lapse, f.due))";

const RUNS = "q.value NOT IN (SELECT queue FROM longshore_paused)";
const IS_FULL = isFull("q.value", NOW);
/** A full queue has room again when one of its leases ends. */
const DUE = `SELECT min(w.due) - ${NOW} AS due FROM (
${firsts(`max(${FIRST}, ${pausedUntil("f.queue")})`, `${RUNS} AND NOT ${IS_FULL}`)}
UNION ALL SELECT max(${firstEndIn("q.value", NOW)}, ${pausedUntil("q.value")}) FROM json_each(?2) AS q WHERE ${RUNS} AND ${IS_FULL}
UNION ALL SELECT z.upcoming FROM json_each(?3) AS s CROSS JOIN longshore_schedules AS z ON z.name = s.value ->> 0 AND z.rule = s.value ->> 1) AS w`;
const DUE_THOUGH_PAUSED = `SELECT min(w.due) - ${NOW} AS due FROM (${firsts(FIRST, "TRUE")}) AS w`;

/** When the first job of a queue is due, in ms from now and less than 0 if it has been, whether the queue pauses or not. */
export function firstDueIn(queue: string, at: number | null): Statement {
  return { sql: DUE_THOUGH_PAUSED, args: [at, list([queue])] };
}

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
