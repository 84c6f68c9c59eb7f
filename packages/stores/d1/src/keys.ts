import { aboutWithBeginning } from "./expiry.ts";
import { lineFrom } from "./lanes.ts";
import { IS_BEHIND, NOW, QUEUE, SLOT, STANDS } from "./tables.ts";

/*
 * A unique key is the fifth value in `about` of its job's row: `HeldKey` of the core, and `slot`, by which the index of keys
 * finds the row, while it holds the key or waits behind the one that does. So a job without a key has no entry there.
 */

/** The unique key of a row, or null. */
export const keyOf = (row: string): string => `${row}.about ->> '$[4].key'`;
/** Where the index finds it: its key, if it holds it; null if it has none, or has given it up. */
export const slotOf = (row: string): string => `${row}.${SLOT}`;
/** Until when a key that a job takes now is held, even if the job has ended: 0 if only by the job, so that no clock that goes back holds it. */
export const heldUntil = (about: string): string =>
  `iif(${about} ->> '$[4].forMs' > 0, ${NOW} + (${about} ->> '$[4].forMs'), 0)`;
/** The slot of whoever waits behind the holder of a key; no key has such a line. */
export const behind = (key: string): string => `${key} || char(10) || 'behind'`;

/** The row `name` has the slot; the second condition tells the planner that the index has all such rows. */
const at = (name: string, slot: string): string => `${slotOf(name)} = ${slot} AND ${slotOf(name)} IS NOT NULL`;
export const standing = (name: string): string => STANDS.replaceAll("j.", `${name}.`);
/** For a join: the row that holds a key. One that has ended holds it no longer than its time. */
export const holder = (name: string, key: string): string =>
  `${at(name, key)} AND ${standing(name)} AND (${name}.ended IS NULL OR ${name}.about ->> '$[4].until' > ${NOW})`;
/** For a join: the row that waits behind the holder of a key. */
export const waiter = (name: string, key: string): string => `${at(name, behind(key))} AND ${name}.ended IS NULL`;

/** The rows of unique keys, by name, for statements that run only where there is a job with a key. */
export const keyed = (name: string): string => `longshore_jobs AS ${name} INDEXED BY longshore_keys`;

/** Whether the row `j`, which ends now, goes on holding its key, and until when: 0 if it has none. */
export const IS_HELD: string = `(${slotOf("j")} IS NOT NULL AND j.about ->> '$[4].until' > ${NOW})`;
export const HELD_UNTIL: string = `iif(${slotOf("j")} IS NULL, 0, j.about ->> '$[4].until')`;
/** What the row `j` has after its end: its slot, only as long as it holds its key. */
export const ABOUT_ENDED: string = `iif(${slotOf("j")} IS NULL OR ${IS_HELD}, j.about, json_remove(j.about, '$[4].slot'))`;

/** Somebody waits behind the row `j`, which may not go before it has left its key. */
export const IS_WAITED_FOR: string = `(${slotOf("j")} = ${keyOf("j")} AND EXISTS (SELECT 1 FROM longshore_jobs AS b WHERE ${waiter("b", keyOf("j"))}))`;

/**
 * Before rows end or go: whoever waits behind one has its key from now on, and may start. So whoever ends here, too, and
 * waited, waits no more. What holds a key that nobody waits for keeps its slot, of which its end takes care.
 *
 * `rows`: which ones, as `… longshore_jobs AS k …` of a FROM clause. `place`: their order. `lapse`: until when a worker may
 * not know of the end, or NULL. `frees`: all of them give up their keys. Answers the ids of all that it changes, with
 * their keys.
 */
export function leaving(
  rows: string,
  { place = "0", lapse = "NULL", frees = "FALSE" }: Partial<Record<"place" | "lapse" | "frees", string>> = {},
): string {
  const made = `iif(moves.at > ${NOW}, json_set(moves.about, '$[4].notBefore', moves.at), moves.about)`;
  return `WITH leaving AS MATERIALIZED (SELECT k.id, ${keyOf("k")} AS key, ${slotOf("k")} AS slot, k.about, ${place} AS place, ${lapse} AS lapse FROM ${rows} AND ${slotOf("k")} IS NOT NULL),
passed AS MATERIALIZED (SELECT b.id, b.about, l.key AS slot, max(b.due, ${NOW}, coalesce(l.lapse, 0)) AS due, max(${NOW}, coalesce(l.lapse, 0)) AS at
FROM leaving AS l CROSS JOIN longshore_jobs AS b ON ${waiter("b", "l.key")} LEFT JOIN leaving AS e ON e.id = b.id WHERE l.slot = l.key AND (e.id IS NULL OR e.place > l.place)),
moves AS MATERIALIZED (SELECT * FROM passed UNION ALL SELECT l.id, l.about, NULL, NULL, NULL FROM leaving AS l WHERE l.id NOT IN (SELECT id FROM passed) AND (${frees} OR l.slot <> l.key OR l.key IN (SELECT slot FROM passed))),
made AS MATERIALIZED (SELECT moves.id, moves.due, iif(moves.slot IS NULL, json_remove(${made}, '$[4].slot'), json_set(${made}, '$[4].slot', moves.slot)) AS about FROM moves)
UPDATE longshore_jobs AS j SET queue = CASE WHEN m.due IS NOT NULL THEN ${QUEUE} || ${lineFrom("m.about", "m.due")} WHEN ${IS_BEHIND} THEN ${QUEUE} ELSE j.queue END,
due = coalesce(m.due, j.due), about = iif(m.due IS NULL, m.about, ${aboutWithBeginning("m.about", "m.due")})
FROM made AS m WHERE j.id IN (SELECT id FROM made) AND j.id = m.id RETURNING id, about ->> '$[4].key' AS key`;
}
