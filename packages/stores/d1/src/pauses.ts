import { RAISE_FORMAT } from "./format.ts";
import type { Port } from "./port.ts";
import { NOW } from "./tables.ts";

/*
 * A pause that ends by itself is in the table of the store's own values, under its queue, with its end: a table or a column
 * more would have to be migrated before the next claim.
 */
const KEY = "'pause:'";

/** Whether the queue is paused, at an instant. */
export function isPaused(queue: string, at: string): string {
  return `(EXISTS (SELECT 1 FROM longshore_paused AS y WHERE y.queue = ${queue}) OR ${pausedUntil(queue)} > ${at})`;
}

/** When the queue's pause ends by itself; 0 if it has none. */
export function pausedUntil(queue: string): string {
  return `coalesce((SELECT y.value FROM longshore_meta AS y WHERE y.key = ${KEY} || ${queue}), 0)`;
}

/** The queues that are paused now. */
export const PAUSED_QUEUES: string = `SELECT queue FROM longshore_paused UNION SELECT substr(key, 7) FROM longshore_meta WHERE key BETWEEN ${KEY} AND 'pause;' AND value > ${NOW}`;

const PAUSE = "INSERT OR IGNORE INTO longshore_paused (queue) VALUES (?1)";
const RESUME = ["DELETE FROM longshore_paused WHERE queue = ?1", `DELETE FROM longshore_meta WHERE key = ${KEY} || ?1`];

export async function setPaused<P>(port: Port<P>, queue: string, paused: boolean): Promise<void> {
  await port.write((paused ? [PAUSE] : RESUME).map((sql) => ({ sql, args: [queue] })));
}

/** Those that are over, whose queues may never pause again. */
const FORGET = `DELETE FROM longshore_meta WHERE key BETWEEN ${KEY} AND 'pause;' AND value <= ${NOW}`;
const PAUSE_FOR = `INSERT INTO longshore_meta (key, value) VALUES (${KEY} || ?2, ${NOW} + ?3) ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)`;

export async function pauseFor<P>(port: Port<P>, at: number | null, queue: string, forMs: number): Promise<void> {
  await port.write([
    RAISE_FORMAT,
    { sql: FORGET, args: [at] },
    { sql: PAUSE_FOR, args: [at, queue, Math.ceil(forMs)] },
  ]);
}
