import { type ParentEnd, buriedWith } from "@longshore/core/adapter";
import { aboutWithBeginning } from "./expiry.ts";
import { failuresWith } from "./failures.ts";
import { laneIn, lineFrom } from "./lanes.ts";
import { BEFORE, BURIED_BY, HOLD, PARENTS, childrenIn, hasOpenChild, isParent, waitsForParents } from "./family.ts";
import { standing } from "./keys.ts";
import type { Rows } from "./port.ts";
import { LINE_OF_PARENTS, LINE_OF_TURN, NOW, QUEUE } from "./tables.ts";

/** What a statement needs to know of rows that end. */
type Ending = {
  /** Which ones, as `… longshore_jobs AS k …` of a FROM clause. */
  readonly rows: string;
  /** A `ParentEnd`. Where one is not `completed`, it is the only row. */
  readonly how: string;
  /** Which end it is of its call. */
  readonly place: string;
  /** Until when a worker may not know of the end, or NULL. */
  readonly lapse: string;
};

/** What differs where the rows have ended already, and their children `?2` (id, seq) are new. */
type Order = { readonly root: string; readonly depth: string; readonly touched: string; readonly due: string };

const HOW: readonly Exclude<ParentEnd, "completed">[] = ["dead", "cancelled", "removed"];
/** As `buriedWith` of the core says it, of the parent `m.parent`. */
const MESSAGE = `CASE m.how ${HOW.map((how) => `WHEN '${how}' THEN '${buriedWith("@", how, 0, 0).message.replace("@", "' || m.parent || '")}'`).join(" ")} END`;
const BURIED = failuresWith(`json_object('message', ${MESSAGE}, 'attempt', j.attempt, 'at', ${NOW})`);

/** Those that look at a parent that is over. The last of several ends is the one that counts. */
const LOOKING = `SELECT c.id, max(l.place) AS place, max(b.value ->> 2 = coalesce(c.waited, 0)) AS looks FROM over AS l CROSS JOIN ${childrenIn("l.before")} WHERE ${waitsForParents("c")} AND c.id NOT IN (SELECT id FROM dead) GROUP BY c.id HAVING looks`;

/**
 * Before rows end or go: frees or buries whoever waits for them, and whoever waits for those that are buried. The first
 * parent that buries a child, in the order of a search by breadth, is the one in its failure.
 */
export function fates({ rows, how, place, lapse }: Ending, order: Partial<Order> = {}): string {
  const { root = "0", depth = "0", touched = LOOKING } = order;
  const { due = `max(j.due, ${NOW}, coalesce((SELECT max(lapse) FROM ending), 0))` } = order;
  const doomed = `${waitsForParents("c")} AND c.about ->> '$[5].after.onFailed' = 'dead'`;
  return `WITH RECURSIVE ending AS MATERIALIZED (SELECT k.id, k.about -> ${BEFORE} AS before, ${how} AS how, ${place} AS place, ${lapse} AS lapse FROM ${rows} AND k.about -> ${BEFORE} IS NOT NULL),
doomed (id, parent, how, root, depth) AS (SELECT c.id, e.id, e.how, ${root}, ${depth} FROM ending AS e CROSS JOIN ${childrenIn("e.before")} WHERE e.how <> 'completed' AND ${doomed}
UNION SELECT c.id, d.id, 'dead', d.root, d.depth + 1 FROM doomed AS d CROSS JOIN longshore_jobs AS q ON q.id = d.id CROSS JOIN ${childrenIn(`q.about -> ${BEFORE}`)} WHERE ${doomed} ORDER BY 4, 5),
dead AS MATERIALIZED (SELECT id, parent, how, min(turn) FROM (SELECT *, row_number() OVER () AS turn FROM doomed) GROUP BY id),
over AS MATERIALIZED (SELECT id, before, place FROM ending UNION ALL SELECT q.id, q.about -> ${BEFORE}, (SELECT max(place) FROM ending) FROM dead CROSS JOIN longshore_jobs AS q ON q.id = dead.id),
touched AS MATERIALIZED (${touched}),
made AS MATERIALIZED (SELECT n.id, NULL AS parent, NULL AS how, n.place, (SELECT a.key FROM json_each(c.about, ${PARENTS}) AS a CROSS JOIN longshore_jobs AS q ON q.id = a.value WHERE q.ended IS NULL AND q.id NOT IN (SELECT id FROM over) AND ${isParent("q")} ORDER BY random() LIMIT 1) AS next
FROM touched AS n CROSS JOIN longshore_jobs AS c ON c.id = n.id UNION ALL SELECT id, parent, how, NULL, NULL FROM dead)
UPDATE longshore_jobs AS j SET queue = CASE WHEN m.next IS NOT NULL THEN j.queue WHEN m.parent IS NOT NULL THEN ${QUEUE} ELSE ${QUEUE} || ${lineFrom("j.about", due)} END, waited = coalesce(m.next, -1 - m.place), ended = iif(m.parent IS NULL, NULL, 'dead'),
due = CASE WHEN m.parent IS NOT NULL THEN ${NOW} WHEN m.next IS NULL THEN ${due} ELSE j.due END,
about = CASE WHEN m.parent IS NOT NULL THEN json_set(j.about, ${BURIED_BY}, m.parent) WHEN m.next IS NULL THEN ${aboutWithBeginning("j.about", due)} ELSE j.about END,
failures = iif(m.parent IS NULL, j.failures, ${BURIED})
FROM made AS m WHERE j.id IN (SELECT id FROM made) AND j.id = m.id RETURNING ended, waited`;
}

/** Whether a child of the row `j` has not been told of its end, because the clock that each statement asks has gone on. */
export const IS_AWAITED: string = `(j.ended IS NULL AND EXISTS (SELECT 1 FROM ${childrenIn(`j.about -> ${BEFORE}`)} WHERE ${waitsForParents("c")} AND (coalesce(c.waited, 0) = b.value ->> 2 OR c.about ->> '$[5].after.onFailed' = 'dead')))`;

/** How many jobs the ends of a call have freed and buried, by their places. */
export function readFates(rows: Rows, place: number): { readonly freed?: number; readonly buried?: number } {
  const told = rows as readonly { ended: string | null; waited: number | null }[]; // the columns that `fates` returns
  const buried = told.filter(({ ended }) => ended !== null).length;
  const freed = told.filter(({ ended, waited }) => ended === null && waited === -1 - place).length;
  return { ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
}

/**
 * After rows have ended, come to life or been linked: each that has ended is kept as long as one of its children has
 * not. What has an `expires` of 0 is about to be removed. It looks at the rows ?2, at those of their children that
 * `also` says, and at the parents of all these.
 */
function keeping(also: string): string {
  return `WITH RECURSIVE kin (id) AS (SELECT value FROM json_each(?2) UNION SELECT c.id FROM kin CROSS JOIN longshore_jobs AS q ON q.id = kin.id CROSS JOIN ${childrenIn(`q.about -> ${BEFORE}`)} WHERE ${also}),
looked AS MATERIALIZED (SELECT id FROM kin UNION SELECT a.value FROM kin CROSS JOIN longshore_jobs AS c ON c.id = kin.id CROSS JOIN json_each(c.about, ${PARENTS}) AS a),
held AS MATERIALIZED (SELECT q.id, q.expires < ${HOLD} AS fresh FROM looked CROSS JOIN longshore_jobs AS q ON q.id = looked.id
WHERE q.expires > 0 AND q.about -> ${BEFORE} IS NOT NULL AND (q.expires >= ${HOLD}) <> ${hasOpenChild("q")})
UPDATE longshore_jobs AS j SET expires = iif(h.fresh, expires + ${HOLD}, expires - ${HOLD}) FROM held AS h WHERE j.id IN (SELECT id FROM held) AND j.id = h.id`;
}

/** After ends: those that are dead with them need their parents no longer. */
export const KEEP: string = keeping(`c.ended = 'dead' AND c.about ->> ${BURIED_BY} = q.id`);
/** After a replay: those that it has brought back to life need theirs. */
export const KEEP_AGAIN: string = keeping(waitsForParents("c"));

/** Those that were dead with the job that is replayed, ?2, or with one of these. */
const DESCENDANTS = `fallen (id) AS (SELECT id FROM first UNION SELECT c.id FROM fallen AS f CROSS JOIN longshore_jobs AS q ON q.id = f.id CROSS JOIN ${childrenIn(`q.about -> ${BEFORE}`)} WHERE c.ended = 'dead' AND c.about ->> ${BURIED_BY} = q.id)`;

/** Parents whose time was over while nobody needed them do not come back with their children. */
export const FORGET: string = `DELETE FROM longshore_jobs AS j WHERE j.id IN (WITH RECURSIVE first AS (SELECT value AS id FROM json_each(?2)), ${DESCENDANTS} SELECT a.value FROM fallen AS f CROSS JOIN longshore_jobs AS c ON c.id = f.id CROSS JOIN json_each(c.about, ${PARENTS}) AS a) AND j.expires <= ${NOW}`;

const FAILED = `q.ended IN ('dead', 'cancelled') AND ${standing("q")} AND ${isParent("q")}`;
const PARENT_ROWS = `json_each(c.about, ${PARENTS}) AS a CROSS JOIN longshore_jobs AS q ON q.id = a.value`;

/**
 * Brings a job back to life that is replayed, `first`, and those that were dead with it, unless another parent of theirs has
 * failed: then that is the one they wait for. `about`: that of the row `j` with its key.
 */
export function reviving(first: string, about: string): string {
  const lives = "m.other IS NULL";
  const reborn = aboutWithBeginning(`json_remove(${about}, ${BURIED_BY}, '$[6].ready')`, NOW);
  return `WITH RECURSIVE first AS MATERIALIZED (${first}), ${DESCENDANTS},
stuck (id) AS (SELECT c.id FROM fallen AS f CROSS JOIN longshore_jobs AS c ON c.id = f.id CROSS JOIN ${PARENT_ROWS} WHERE c.id NOT IN (SELECT id FROM first) AND ${FAILED} AND q.id NOT IN (SELECT id FROM fallen)
UNION SELECT c.id FROM stuck AS n CROSS JOIN longshore_jobs AS q ON q.id = n.id CROSS JOIN ${childrenIn(`q.about -> ${BEFORE}`)} WHERE c.id IN (SELECT id FROM fallen) AND c.id NOT IN (SELECT id FROM first)),
lives AS MATERIALIZED (SELECT id FROM fallen WHERE id NOT IN (SELECT id FROM stuck)),
made AS MATERIALIZED (SELECT c.id, NULL AS other, (SELECT a.key FROM ${PARENT_ROWS} WHERE (q.ended IS NULL OR q.id IN (SELECT id FROM lives)) AND ${isParent("q")} ORDER BY random() LIMIT 1) AS next FROM lives CROSS JOIN longshore_jobs AS c ON c.id = lives.id
UNION ALL SELECT c.id, (SELECT q.id FROM ${PARENT_ROWS} WHERE ${FAILED} AND q.id NOT IN (SELECT id FROM lives) ORDER BY a.key LIMIT 1), NULL FROM stuck AS n CROSS JOIN longshore_jobs AS c ON c.id = n.id WHERE c.about ->> ${BURIED_BY} IN (SELECT id FROM lives))
UPDATE longshore_jobs AS j SET ended = iif(${lives}, NULL, ended), expires = NULL, attempt = iif(${lives}, 0, attempt), given = iif(${lives}, 0, given), born = iif(${lives}, ${NOW}, born), due = iif(${lives}, ${NOW}, due),
queue = ${QUEUE} || CASE WHEN m.next IS NOT NULL THEN ${LINE_OF_PARENTS} WHEN ${lives} AND ${laneIn("j")} IS NOT NULL THEN ${LINE_OF_TURN} ELSE '' END, waited = m.next, about = iif(${lives}, ${reborn}, json_set(j.about, ${BURIED_BY}, m.other)), result = iif(${lives}, NULL, result), why = iif(${lives}, NULL, why), since = iif(${lives}, NULL, since)
FROM made AS m WHERE j.id IN (SELECT id FROM made) AND j.id = m.id RETURNING id`;
}
