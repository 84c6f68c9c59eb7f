import { hasExpired } from "./expiry.ts";
import { PRIORITIES } from "./tables.ts";

/** Rows of the index in its order: of a queue's line for each priority. A cross join keeps the order of its tables. */
export const LINES: string = `${PRIORITIES} AS p CROSS JOIN longshore_jobs AS j INDEXED BY longshore_waiting ON j.priority = p.value AND j.ended IS NULL`;

/** `turns`: the rows that are first in the order of a queue at `call.at`, as a common table. */
export type Line = { readonly order: string; readonly turns: string };

/**
 * A row whose lease has expired is in its line by the time at which it became due first, but its turn goes by the
 * lease's end, which is later. So this reads the waiting rows first. The last of as many as are wanted is the furthest
 * place: an expired row behind it has its turn later still. Among all rows up to there the turns decide.
 */
export function byPriority(queue: string, wanted: string): Line {
  return lineOf(
    "priority, turn, seq",
    wanted,
    `waiting AS (SELECT j.priority, j.due, j.seq FROM call CROSS JOIN ${LINES} AND j.queue = ${queue} AND j.due <= call.at WHERE j.until IS NULL LIMIT CAST(${wanted} AS INTEGER)),
furthest AS (SELECT call.at, coalesce(w.priority, 9) AS priority, coalesce(w.due, call.at) AS due, coalesce(w.seq, ${Number.MAX_SAFE_INTEGER}) AS seq FROM call LEFT JOIN (SELECT * FROM waiting LIMIT 1 OFFSET CAST(${wanted} AS INTEGER) - 1) AS w),`,
    `furthest AS f CROSS JOIN ${LINES} AND j.queue = ${queue}
AND (j.due, j.seq) <= (iif(p.value = f.priority, f.due, f.at), iif(p.value = f.priority, f.seq, ${Number.MAX_SAFE_INTEGER}))
WHERE p.value <= f.priority AND`,
  );
}

/** The same where so many ms count as a level of priority: every line is read up to its last that could be among as many. */
export function byAge(queue: string, wanted: string, ageMs: string): Line {
  return lineOf(
    `turn + priority * ${ageMs}, priority, turn, seq`,
    wanted,
    `ends AS (SELECT call.at, p.value AS priority, (SELECT j.id FROM longshore_jobs AS j INDEXED BY longshore_waiting WHERE j.queue = ${queue} AND j.priority = p.value AND j.ended IS NULL AND j.due <= call.at AND j.until IS NULL ORDER BY j.due, j.seq LIMIT 1 OFFSET CAST(${wanted} AS INTEGER) - 1) AS id FROM call CROSS JOIN ${PRIORITIES} AS p),
furthest AS MATERIALIZED (SELECT e.at, e.priority, coalesce(w.due, e.at) AS due, coalesce(w.seq, ${Number.MAX_SAFE_INTEGER}) AS seq FROM ends AS e LEFT JOIN longshore_jobs AS w ON w.id = e.id),`,
    `furthest AS f CROSS JOIN longshore_jobs AS j INDEXED BY longshore_waiting ON j.queue = ${queue} AND j.priority = f.priority AND j.ended IS NULL AND (j.due, j.seq) <= (f.due, f.seq)
WHERE`,
  );
}

/** `from`: the rows among which the order decides, and what else they must be; `before`: what that needs. */
function lineOf(order: string, wanted: string, before: string, from: string): Line {
  return {
    order,
    turns: `${before}
turns AS (SELECT j.id, j.size, j.priority, coalesce(j.until, j.due) AS turn, j.seq, ${hasExpired("f.at")} AS late FROM ${from} (j.until IS NULL OR j.until <= f.at) ORDER BY ${order.replace(/\b(priority|seq)\b/g, "j.$1")} LIMIT CAST(${wanted} AS INTEGER))`,
  };
}
