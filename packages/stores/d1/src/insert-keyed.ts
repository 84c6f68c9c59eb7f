import { type EnqueueAnswer, type JobState, type KeyedJob, type Unique, decideByKey } from "@longshore/core/adapter";
import { aboutWithBeginning } from "./expiry.ts";
import { DUE } from "./inserts.ts";
import { behind, heldUntil, holder, keyed, slotOf, standing, waiter } from "./keys.ts";
import { laneIn, lineFrom } from "./lanes.ts";
import { LATEST, LINE_OF_KEY, NOW, STATE } from "./tables.ts";

/*
 * What the statements of a round do for jobs with unique keys is what `decideByKey` of the core says. They find nothing more
 * to do if they look again: a row tells whose data it has.
 */

const ID = "value ->> 0";
const KEY = "value ->> 9 ->> '$[4].key'";
/** At most `maxWaitMs` after an instant; only a debounce has it. */
const dueSince = (since: string): string =>
  `min(${DUE}, coalesce(${since} + (value ->> 9 ->> '$[4].maxWaitMs'), ${LATEST}))`;
const from = (row: string): string => `${row}.about ->> '$[4].from'`;
/** The job does more than to find that its key is taken. */
const REPLACES = `h.ended IS NULL AND value ->> 9 ->> '$[4].on' <> 'keep' AND NOT (h.until IS NOT NULL AND ${from("h")} = ${ID})`;

/** The waiting job, of the key or behind its holder, gets the data of the new one. Its partition, relatives, failures and times stay. */
export const replacing = (condition: string): string => {
  const limited = "coalesce(value ->> 9 -> '$[7]', t.about -> '$[7]') IS NOT NULL";
  const related = `iif(t.about ->> '$[5]' IS NULL AND NOT ${limited}, json_remove(value ->> 9, '$[5]'), json_set(value ->> 9, '$[5]', json(coalesce(t.about -> '$[5]', 'null'))))`;
  const left = `json_set(value ->> 9, '$[6]', json(coalesce(value ->> 9 -> '$[6]', 'null')), '$[7]', json_object('left', ${laneIn("t")}, 'serial', t.about ->> '$[7].serial'))`;
  const about = `json_set(iif(${limited}, ${left.replace("value ->> 9", related)}, ${related}), '$[1]', json(t.about -> '$[1]'), '$[4].slot', ${slotOf("t")}, '$[4].until', t.about ->> '$[4].until', '$[4].since', t.about ->> '$[4].since', '$[4].notBefore', t.about ->> '$[4].notBefore')`;
  return `WITH replaced AS MATERIALIZED (SELECT t.id, value, iif(b.id IS NULL, '', ${LINE_OF_KEY}) AS line, max(${dueSince("(t.about ->> '$[4].since')")}, coalesce(t.about ->> '$[4].notBefore', 0)) AS due, ${about} AS about
FROM json_each(?2) AS s CROSS JOIN ${keyed("h")} ON ${holder("h", KEY)} LEFT JOIN ${keyed("b")} ON ${waiter("b", KEY)} CROSS JOIN longshore_jobs AS t ON t.id = coalesce(b.id, h.id)
WHERE ${REPLACES} AND (b.id IS NOT NULL OR h.until IS NULL) AND ${from("t")} <> ${ID} AND NOT EXISTS (SELECT 1 FROM longshore_jobs AS o WHERE o.id = ${ID} AND ${standing("o")}) AND ${condition})
UPDATE longshore_jobs AS j SET queue = (value ->> 1) || iif(r.line = '', ${lineFrom("r.about", "r.due")}, r.line), priority = value ->> 2, due = r.due, born = ${NOW}, keep = value ->> 6, size = value ->> 7, name = value ->> 8, about = ${aboutWithBeginning("r.about", "r.due")}, payload = value ->> 10,
attempt = 0, waited = NULL, stalled = 0, given = 0, since = NULL, why = NULL, result = NULL
FROM replaced AS r WHERE j.id IN (SELECT id FROM replaced) AND j.id = r.id`;
};

/** In which line of its queue a job is that is due then, if it is not behind a key. */
export type Line = (due: string) => string;

/** `place`: "taken" if its key has no place for it, "behind" if it waits behind the holder, null if it takes the key or has none. */
export const placed = (
  line: Line,
): string => `(SELECT value, place, iif(place = 'behind', ${LINE_OF_KEY}, ${line(dueSince(NOW))}) AS line, ${dueSince(NOW)} AS due,
iif(${KEY} IS NULL, value ->> 9, json_set(value ->> 9, '$[4].slot', iif(place = 'behind', ${behind(KEY)}, ${KEY}), '$[4].until', ${heldUntil("value ->> 9")}, '$[4].since', ${NOW})) AS about
FROM (SELECT value, (SELECT iif(h.until IS NOT NULL AND ${REPLACES} AND NOT EXISTS (SELECT 1 FROM ${keyed("b")} WHERE ${waiter("b", KEY)}), 'behind', 'taken') FROM ${keyed("h")} WHERE ${holder("h", KEY)}) AS place FROM json_each(?2)))`;

const stateOf = (row: string): string => STATE.replaceAll(/\bj\./g, `${row}.`);
/** Of each job with a key its holder, and who waits behind that, afterwards. */
export const LOOK_AT_KEYS: string = `SELECT s.value ->> 0 AS id, h.id AS holder, ${stateOf("h")} AS state, ${from("h")} AS brought, b.id AS behind, ${from("b")} AS broughtBehind
FROM json_each(?2) AS s CROSS JOIN ${keyed("h")} ON ${holder("h", "s.value ->> 1")} LEFT JOIN ${keyed("b")} ON ${waiter("b", "s.value ->> 1")}`;

export type Looked = Readonly<Record<"id" | "holder" | "brought", string>> & { readonly state: JobState } & Readonly<
    Record<"behind" | "broughtBehind", string | null>
  >;

/** What the statements have done, by what they left; undefined if they have not found a place for the job. */
export function answerByKey(id: string, unique: Unique, key: Looked | undefined): EnqueueAnswer | undefined {
  const held = (by: string, state: JobState, from: string): KeyedJob => ({
    id: by,
    state,
    held: { ...unique, until: 0, since: 0, from },
  });
  const { behind: waiting, broughtBehind } = key ?? {};
  const decision = decideByKey(
    { id, unique },
    key && held(key.holder, key.state, key.brought),
    waiting && broughtBehind ? held(waiting, "blocked", broughtBehind) : undefined,
  );
  return decision.type === "answer" ? decision.answer : undefined;
}
