import type { ClaimRequest, ClaimedJob } from "@longshore/core/adapter";
import { LongshoreError } from "@longshore/core";
import { type Sent, alone, send } from "./batches.ts";
import { MOST_CHARACTERS, TAKEN, claimedJobs } from "./claimed.ts";
import { hasExpired } from "./expiry.ts";
import { failing, hasFailed } from "./forms.ts";
import { nextSeq, readIds } from "./inserts.ts";
import type { Known } from "./known.ts";
import { TAT, aboutFrom, laneIn, lanes, standsIn } from "./lanes.ts";
import { endingsInTurn } from "./late.ts";
import { lettingThrough } from "./let-through.ts";
import { type Line, byAge, byPriority } from "./line.ts";
import { isPaused } from "./pauses.ts";
import { COUNT_PLACES, FORGET_PLACES, isCounted, placesIn, takenIn } from "./places.ts";
import { type Port, type Statement, list } from "./port.ts";
import { LATEST, LINE_OF_TURN, NOW, QUEUE } from "./tables.ts";
import { type Picture, type Seen, type Taking, takeTurns } from "./turns.ts";

/*
 * A claim from a queue in which limits are in play reads what it needs to know, decides, and writes what it has decided
 * if what it read is still so: the batch that writes reads it again, and fails if it differs. An enqueue does not make
 * it differ, because only what was due before counts.
 */

/** Of each key at least so many. */
const HEADS = 2;

const SEEN = (row: string, turn: string, leased: string, late: string): string =>
  `json_object('id', ${row}.id, 'size', ${row}.size, 'priority', ${row}.priority, 'turn', ${turn}, 'seq', ${row}.seq, 'leased', ${leased}, 'late', ${late}, 'limits', json(${row}.about -> '$[6]'))`;
const allOf = (rows: string): string => `(SELECT json_group_array(json(seen)) FROM (${rows}))`;
const AT = "(SELECT at FROM call)";
const MOST_PARKED = `(SELECT CAST(?4 AS INTEGER) / count(*) + ${HEADS} FROM keys)`;
const PARKED = `SELECT ${SEEN("head", "head.due", "FALSE", hasExpired(AT).replaceAll("j.", "head."))} AS seen FROM ${lanes("head")} WHERE ${standsIn("head", "keys.lane", "parked")} AND head.due <= ${AT} ORDER BY head.priority, head.due, head.seq LIMIT ${MOST_PARKED}`;
const ifCounted = (what: string): string => `iif(${isCounted("?2")}, ${what}, NULL)`;

/** Of the queue ?2 the first ?3 that are due, and of each of their keys the first that wait behind it, of all together about ?4. ?6: what a level of priority is worth. */
const picturing = ({
  order,
  turns,
}: Line): string => `WITH call AS (SELECT ${NOW} AS at WHERE NOT ${isPaused("?2", NOW)}),
${turns},
due AS MATERIALIZED (SELECT row_number() OVER (ORDER BY ${order.replace(/\b(priority|turn|seq)\b/g, "turns.$1")}) AS nth, ${SEEN("j", "turns.turn", "j.until IS NOT NULL", "turns.late")} AS seen, ${laneIn("j")} AS lane FROM turns CROSS JOIN longshore_jobs AS j ON j.id = turns.id),
keys AS MATERIALIZED (SELECT DISTINCT lane FROM due WHERE lane IS NOT NULL),
lanes AS MATERIALIZED (SELECT keys.lane, ${allOf(PARKED)} AS parked FROM keys),
seen AS (SELECT json_object('key', lanes.lane, 'running', (SELECT count(*) FROM ${lanes("g")} WHERE ${standsIn("g", "lanes.lane", "runs")}), 'ready', (SELECT g.id FROM ${lanes("g")} WHERE ${standsIn("g", "lanes.lane", "ready")} LIMIT 1),
'tat', (SELECT t.value FROM longshore_meta AS t WHERE t.key = ${TAT} || lanes.lane), 'parked', json(lanes.parked), 'more', json_array_length(lanes.parked) = ${MOST_PARKED}) AS seen FROM lanes ORDER BY lanes.lane)
SELECT json_object('at', ${AT}, 'due', ${allOf("SELECT seen FROM due ORDER BY nth")}, 'lanes', ${allOf("SELECT seen FROM seen")},
'counts', ${isCounted("?2")}, 'taken', coalesce(${ifCounted(takenIn("?2", NOW))}, 0), 'places', ${ifCounted(placesIn("?2"))}) AS picture`;
const PICTURE = { byPriority: picturing(byPriority("?2", "?3")), byAge: picturing(byAge("?2", "?3", "?6")) };

const CHANGED = "it has changed";
/** Fails unless all of it is still so. */
const stillSo = (picture: string): string => `SELECT ${failing("picture <> ?5", CHANGED)} AS still FROM (${picture})`;
const STILL_SO = { byPriority: stillSo(PICTURE.byPriority), byAge: stillSo(PICTURE.byAge) };

const TAKE = `UPDATE longshore_meta SET value = value + ?2, at = ${NOW} WHERE key = 'token'`;
const CALL = "(SELECT value, at FROM longshore_meta WHERE key = 'token') AS call";
const CHOSEN = "j.id IN (SELECT value ->> 0 FROM json_each(?2)) AND j.id = s.value ->> 0";
const PARK = `UPDATE longshore_jobs AS j SET queue = ${QUEUE} || ${LINE_OF_TURN}, about = ${aboutFrom("j.about")} FROM json_each(?2) AS s WHERE ${CHOSEN}`;
const THROUGH = `UPDATE longshore_jobs AS j SET queue = ${QUEUE}, due = call.at, seq = ?3 + s.key, about = json_set(j.about, '$[7].serial', coalesce(j.about ->> '$[7].serial', j.seq)) FROM ${CALL} CROSS JOIN json_each(?2) AS s WHERE ${CHOSEN}`;
/** Elements of ?2: the id, and the place among the tokens, but of those that have not begun in time. ?5: whether the queue counts its leases. */
const LEASE = `UPDATE longshore_jobs AS j SET token = coalesce(call.value - ?3 + (s.value ->> 1), token), attempt = attempt + (s.value ->> 1 IS NOT NULL), stalled = until IS NOT NULL, waited = call.at - coalesce(until, due), given = iif(?5, 2, given),
about = CASE WHEN about ->> '$[6].ordered' THEN json_set(about, '$[6].ready', 1) WHEN about ->> '$[6].ready' THEN json_remove(about, '$[6].ready') ELSE about END, until = iif(s.value ->> 1 IS NULL, NULL, min(call.at + ?4, ${LATEST}))
FROM ${CALL} CROSS JOIN json_each(?2) AS s WHERE ${CHOSEN} RETURNING ${TAKEN}`;
const START_RATES = `INSERT INTO longshore_meta AS m (key, value) SELECT ${TAT} || (s.value ->> 0), max(coalesce(s.value ->> 1, call.at), call.at) + (s.value ->> 2) FROM ${CALL} CROSS JOIN json_each(?1) AS s WHERE TRUE ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
/** Of some rates that lie together behind any place, ?2, those that let any job start. */
const SWEEP_RATES = `DELETE FROM longshore_meta WHERE key IN (SELECT key FROM longshore_meta WHERE key > ${TAT} || ?2 AND key < 'tat;' ORDER BY key LIMIT CAST(?3 AS INTEGER)) AND value <= ${NOW}`;

/** How many more rows a claim reads than it may take, and at most: after a delay, thousands may be due together. */
const SOME_MORE = 20;
const MOST_MORE = 1_000;
/** How many that have come too late it ends in one batch: D1 limits the statements of a request. */
const MOST_LATE = 50;
/** So often others have changed what it read, before it gives up. */
const MOST_TRIES = 20;
const CROWDED = `A claim has given up: other calls have changed what it read ${MOST_TRIES} times. It has done nothing.`;

/** Adds what it has claimed to the jobs. */
export async function claimLimited<P>(
  port: Port<P>,
  at: number | null,
  { name, limit }: ClaimRequest["queues"][number],
  { leaseMs: wanted, priorityAgeMs }: ClaimRequest,
  known: Known,
  jobs: ClaimedJob[],
): Promise<void> {
  known.limited.add(name);
  const most = jobs.length + limit;
  const how = priorityAgeMs === undefined ? "byPriority" : "byAge";
  const leaseMs = Math.ceil(wanted);
  let more = SOME_MORE;
  let heads = limit;
  for (let tries = 0; jobs.length < most;) {
    const room = most - jobs.length;
    const bounds = { mostCharacters: MOST_CHARACTERS, mostLate: MOST_LATE };
    const terms = { limit: room, most: room + more, ...bounds, ageMs: priorityAgeMs };
    const args = [name, terms.most, heads];
    const age = priorityAgeMs === undefined ? [] : [priorityAgeMs];
    const [rows] = await port.read([
      { sql: PICTURE[how], args: [at, ...args, ...(age.length > 0 ? [null, ...age] : [])] },
    ]);
    const [{ picture: text }] = rows as readonly [{ picture: string }]; // one row
    const picture: Picture = JSON.parse(text);
    if (picture.at === null || picture.due.length === 0) break;
    const all = [...picture.due, ...picture.lanes.flatMap(({ parked }) => parked)];
    const numbered = all.some(({ limits }) => limits?.queue !== undefined);
    if (numbered && picture.counts === 0) {
      await port.write(COUNT_PLACES.map((sql) => ({ sql, args: [at, name] })));
      continue;
    }
    if (picture.counts === 0 && all.every(({ limits }) => limits === null)) known.limited.delete(name);
    const taking = takeTurns(picture, picture.at, terms);
    if (taking.short && more < MOST_MORE) {
      more = MOST_MORE;
      heads = limit * (picture.lanes.length + 1);
      continue;
    }
    // What has not changed lets nobody through.
    if (taking.taken.length === 0 && taking.parked.length === 0) break;
    const late = taking.taken.filter((row) => row.late);
    const { before, lease, endings, after } = writesOf(taking, late, at, leaseMs, picture.counts);
    const forgets = picture.counts === 1 && picture.places === null && !numbered;
    if (forgets) after.push({ sql: FORGET_PLACES, args: [at, name] });
    const still = { sql: STILL_SO[how], args: [picture.at, ...args, text, ...age] };
    const found: ClaimedJob[] = [];
    const told = new Set<string>();
    try {
      await send(port, [
        alone([still, ...before]),
        { statements: lease, read: ([taken = []]) => void found.push(...claimedJobs(taken, leaseMs, known)) },
        ...endings.map((statements): Sent => ({
          statements,
          read: (ended) => readIds(ended[2] ?? []).forEach((id) => told.add(id)),
        })),
        alone(after),
      ]);
    } catch (error) {
      if (!hasFailed(error, CHANGED)) throw error;
      if (++tries < MOST_TRIES) continue;
      throw new LongshoreError("backend_timeout", CROWDED, { cause: error });
    }
    jobs.push(...found.filter(({ expired, id }) => !expired || told.has(id)));
    // Whoever waited for those that came too late is due for the rest.
    if (told.size === 0) break;
  }
}

function writesOf(
  { taken, through, parked, changed, rates }: Taking,
  late: readonly Seen[],
  at: number | null,
  leaseMs: number,
  counts: number,
): Readonly<Record<"before" | "lease" | "after", Statement[]>> & { readonly endings: readonly Statement[][] } {
  const starts = taken.length - late.length;
  let place = 0;
  const leases = list(taken.map((row) => [row.id, row.late ? null : ++place]));
  const ids = (some: readonly string[]) => list(some.map((id) => [id]));
  const some = (when: boolean, ...statements: Statement[]): Statement[] => (when ? statements : []);
  return {
    before: [
      ...some(taken.length > 0, { sql: TAKE, args: [at, starts] }),
      ...some(parked.length > 0, { sql: PARK, args: [at, ids(parked)] }),
      ...some(through.length > 0, {
        sql: THROUGH,
        args: [at, ids(through), nextSeq(through.length) - through.length + 1],
      }),
    ],
    lease: some(taken.length > 0, { sql: LEASE, args: [at, leases, starts, leaseMs, counts] }),
    endings: endingsInTurn(
      late.map(({ id }) => id),
      at,
    ),
    after: [
      ...some(
        rates.length > 0,
        { sql: START_RATES, args: [list(rates)] },
        { sql: SWEEP_RATES, args: [at, crypto.randomUUID().slice(0, 8), 2 * rates.length + 1] },
      ),
      lettingThrough([...changed.map((lane) => ({ lane })), ...late.map(({ id }) => ({ id }))], at),
    ],
  };
}
