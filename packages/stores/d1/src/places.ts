import { COUNTED, NOW } from "./tables.ts";

/*
 * How many jobs of a queue may run is said by those that run. So a claim that leases one with such a number leaves a mark for its
 * queue, and from then on each claim writes into the rows that it leases there that they are counted, and an index has them. In
 * other queues nothing is counted.
 */
const MARK = "'places:'";

/** Whether the leases of a queue are counted. */
export const isCounted = (queue: string): string =>
  `EXISTS (SELECT 1 FROM longshore_meta AS z WHERE z.key = ${MARK} || ${queue})`;

const leasedIn = (queue: string): string =>
  `longshore_jobs AS v WHERE v.queue = ${queue} AND ${COUNTED.replaceAll(/given|until/g, "v.$&")}`;
/** The number of the job that was claimed last, of those that are leased and have one. */
export const placesIn = (queue: string): string =>
  `(SELECT v.about ->> '$[6].queue' FROM ${leasedIn(queue)} AND v.about ->> '$[6].queue' IS NOT NULL ORDER BY v.token DESC LIMIT 1)`;
/** How many leases hold. */
export const takenIn = (queue: string, at: string): string =>
  `(SELECT count(*) FROM ${leasedIn(queue)} AND v.until > ${at})`;
/** When the first of them ends. */
export const firstEndIn = (queue: string, at: string): string =>
  `(SELECT min(v.until) FROM ${leasedIn(queue)} AND v.until > ${at})`;
export const isFull = (queue: string, at: string): string =>
  `iif(${isCounted(queue)}, coalesce(${takenIn(queue, at)} >= ${placesIn(queue)}, FALSE), FALSE)`;

/** How long a queue is counted at least, once a job with a number has run in it: to begin again costs a look at all its lines. */
const DAY_MS = 86_400_000;
/** After a claim that has found none with a number. */
export const FORGET_PLACES: string = `DELETE FROM longshore_meta WHERE key = ${MARK} || ?2 AND value <= ${NOW} - ${DAY_MS}`;

/** The first number of a queue: what is leased there already is counted, too. It reads the queue's lines once. */
export const COUNT_PLACES: readonly string[] = [
  `INSERT INTO longshore_meta (key, value) VALUES (${MARK} || ?2, ${NOW}) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  `UPDATE longshore_jobs SET given = 2 WHERE queue = ?2 AND ended IS NULL AND until IS NOT NULL`,
];
