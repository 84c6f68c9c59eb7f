import type { SettleAnswer, Settlement } from "@longshore/core/adapter";
import { answersTo } from "./enqueue.ts";
import { encodeJob, inserting, readIds, readStates, statesOf } from "./inserts.ts";
import { failuresWith } from "./failures.ts";
import { formatOf } from "./format.ts";
import { ABOUT_ENDED, HELD_UNTIL, IS_HELD, keyOf, leaving } from "./keys.ts";
import { type Port, type Rows, type Statement, chunks, list } from "./port.ts";
import { insertingRounds, lengthOf, readRound, roundStatements, roundsOfJobs } from "./rounds.ts";
import { type Step, hasFollowUps, stepsOf } from "./steps.ts";
import { LATEST, NOW, STANDS } from "./tables.ts";
import { encodeText } from "./text.ts";

/** The lease that the settlement `s` is about still holds the row `j`. */
const HOLDS = "j.id = s.value ->> 1 AND j.token = s.value ->> 2 AND j.until IS NOT NULL";

/** The answers, before anything changes, and the unique keys. */
const LOOK = `SELECT s.value ->> 0 AS i, ${keyOf("j")} AS key, CASE WHEN j.id IS NULL THEN 'gone' WHEN j.token <> s.value ->> 2 THEN 'stale' WHEN j.until IS NOT NULL THEN 'accepted' WHEN j.settled = s.value ->> 2 THEN 'repeated' WHEN j.ended = 'cancelled' THEN 'cancelled' ELSE 'stale' END AS answer
FROM json_each(?2) AS s LEFT JOIN longshore_jobs AS j ON j.id = s.value ->> 1 AND ${STANDS}`;

const LEAVE = leaving(
  `json_each(?2) AS s CROSS JOIN longshore_jobs AS k ON s.value ->> 3 IN ('complete', 'dead') AND ${HOLDS.replaceAll("j.", "k.")}`,
);

/** The usual end of a job of which nothing is kept: its row is deleted, and nothing of it is read. */
const FINISH = `DELETE FROM longshore_jobs WHERE id IN (SELECT j.id FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON ${HOLDS} WHERE j.keep = 0 AND s.value ->> 3 = 'complete' AND NOT ${IS_HELD})`;

/** As `isUnable` of the core; reasons are kept as JSON. */
const unable = (reason: string): string => `substr(${reason}, 1, 15) = '"no worker has '`;

/** Everything else. */
const SETTLE = `UPDATE longshore_jobs AS j SET until = NULL, settled = j.token,
given = s.value ->> 3 = 'snooze', attempt = j.attempt - (s.value ->> 3 = 'snooze'), due = min(${NOW} + coalesce(s.value ->> 4, 0), ${LATEST}),
ended = CASE s.value ->> 3 WHEN 'complete' THEN 'completed' WHEN 'dead' THEN 'dead' END,
expires = CASE s.value ->> 3 WHEN 'complete' THEN max(min(${NOW} + j.keep, ${LATEST}), ${HELD_UNTIL}) END,
about = iif(s.value ->> 3 IN ('complete', 'dead'), ${ABOUT_ENDED}, j.about),
result = s.value ->> 5,
why = CASE s.value ->> 3 WHEN 'snooze' THEN coalesce(s.value ->> 7, j.why) END,
since = CASE WHEN s.value ->> 3 <> 'snooze' THEN NULL WHEN s.value ->> 7 IS NULL OR s.value ->> 7 = j.why OR (${unable("s.value ->> 7")} AND ${unable("j.why")}) THEN j.since ELSE ${NOW} END,
failures = iif(s.value ->> 6 IS NULL, j.failures, ${failuresWith(`json('{"attempt":' || j.attempt || ',"at":' || ${NOW} || ',' || substr(s.value ->> 6, 2))`)})
FROM json_each(?2) AS s WHERE ${HOLDS}`;

/** The lease that a follow-up job comes from; 12 and 13 are its id and token. */
const PARENT_HOLDS =
  "EXISTS (SELECT 1 FROM longshore_jobs AS h WHERE h.id = value ->> 12 AND h.token = value ->> 13 AND h.until IS NOT NULL)";
const FOLLOW_UP = inserting(PARENT_HOLDS);
/** A job that is followed by one with its own id, and of which nothing is kept, is replaced where it is. */
const FOLLOW_ITSELF = inserting(PARENT_HOLDS, {
  replaces: `j.ended IS NULL AND j.keep = 0 AND NOT ${IS_HELD}`,
});

/**
 * Jobs with unique keys, and those for queues that may be full, follow when their parent has left its own key and place, and
 * perhaps its row. So the call leaves a mark, ?3, if the lease holds.
 */
const MARK = `INSERT INTO longshore_meta AS m (key, value, mark) SELECT 'settled', 0, ?3 WHERE EXISTS (SELECT 1 FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON ${HOLDS}) ON CONFLICT (key) DO UPDATE SET mark = excluded.mark`;
const FOLLOW_IN_ROUNDS = insertingRounds(
  "value ->> 12 = (SELECT m.mark FROM longshore_meta AS m WHERE m.key = 'settled')",
);

/** In a call, more statements than this are sent as several batches: D1 limits those of one request. */
const MOST_STEPS = 50;

export async function settle<P>(
  port: Port<P>,
  at: number | null,
  settlements: readonly Settlement[],
): Promise<SettleAnswer[]> {
  const answers: SettleAnswer[] = [];
  const steps = stepsOf(settlements);
  for (let from = 0; from < steps.length; from += MOST_STEPS) {
    const some = steps.slice(from, from + MOST_STEPS).map((step) => ({ step, statements: statementsOf(step, at) }));
    const rows = await port.write(some.flatMap(({ statements }) => statements));
    let read = 0;
    for (const { step, statements } of some) readAnswers(step, rows.slice(read, (read += statements.length)), answers);
  }
  return answers;
}

/** LOOK is the first, LEAVE the second, and what tells of the follow-up jobs comes last. */
function statementsOf(step: Step, at: number | null): Statement[] {
  const { settlements, next, inTurn } = step;
  const leases = list(settlements.map(([i, { id, token, outcome }]) => [i, id, token, outcome.type]));
  const mark = crypto.randomUUID();
  return [
    { sql: LOOK, args: [at, leases] },
    ...(inTurn.length > 0 ? [{ sql: MARK, args: [at, leases, mark] }] : []),
    ...(hasEnd(settlements) ? [{ sql: LEAVE, args: [at, leases] }] : []),
    ...followUps(next, at),
    ...(hasEnd(settlements) ? [{ sql: FINISH, args: [at, leases] }] : []),
    ...formatOf(inTurn.length > 0 ? inTurn : next.map(({ job }) => job)),
    { sql: SETTLE, args: [at, list(settlements.map(encode))] },
    ...roundsOfJobs(inTurn, mark).flatMap((round) => roundStatements(round, at, FOLLOW_IN_ROUNDS)),
    ...(next.length > 0 ? [statesOf([...new Set(next.map(({ job }) => job.id))], at)] : []),
  ];
}

function hasEnd(settlements: Step["settlements"]): boolean {
  return settlements.some(([, { outcome }]) => outcome.type === "complete" || outcome.type === "dead");
}

function followUps(next: Step["next"], at: number | null): Statement[] {
  return [false, true].flatMap((own) => {
    const some = next.filter(({ job, parent }) => (job.id === parent.id) === own && !(own && isDead(parent)));
    return chunks(some, ({ job }) => job.payload.length + 500).map((part) => {
      const jobs = list(part.map(({ job, parent }) => encodeJob(job, parent.id, parent.token)));
      return { sql: own ? FOLLOW_ITSELF : FOLLOW_UP, args: [at, jobs] };
    });
  });
}

/** Its row stands, so no job takes its id. */
function isDead({ outcome }: Settlement): boolean {
  return outcome.type === "dead";
}

function encode([i, { id, token, outcome }]: readonly [number, Settlement]): readonly unknown[] {
  const { type } = outcome;
  switch (type) {
    case "complete":
      return [i, id, token, type, null, outcome.result === undefined ? null : encodeText(outcome.result), null, null];
    case "retry":
      return [i, id, token, type, delayOf(outcome.delayMs), null, JSON.stringify(outcome.failure), null];
    case "snooze":
      return [i, id, token, type, delayOf(outcome.delayMs), null, null, JSON.stringify(outcome.reason) ?? null];
    case "dead":
      return [i, id, token, type, null, null, JSON.stringify(outcome.failure), null];
  }
}

function delayOf(delayMs: number): number {
  return Math.ceil(Math.min(delayMs, LATEST));
}

type Looked = { readonly i: number; readonly key: string | null; readonly answer: Exclude<SettleAnswer, object> };

function readAnswers({ settlements, next, inTurn }: Step, rows: readonly Rows[], answers: SettleAnswer[]): void {
  const looked = rows[0] as readonly Looked[]; // the columns of LOOK
  for (const { i, answer } of looked) answers[i] = answer;
  if (inTurn.length > 0) {
    const i = settlements[0]?.[0] ?? -1; // it has one
    if (answers[i] !== "accepted") return;
    const rounds = roundsOfJobs(inTurn);
    let read = rows.length - rounds.reduce((sum, round) => sum + lengthOf(round), 0);
    const told = rounds.flatMap((round) => readRound(round, rows.slice(read, (read += lengthOf(round)))));
    answers[i] = { status: "accepted", next: told.sort(([a], [b]) => a - b).map(([, answer]) => answer) };
  }
  if (next.length === 0) return;
  const created = new Set(rows.slice(2, -1).flatMap(readIds));
  const states = readStates(rows.at(-1));
  const freedBy = freed(looked, rows[1] ?? []);
  for (const [i, settlement] of settlements) {
    if (answers[i] !== "accepted" || !hasFollowUps(settlement)) continue;
    // Whoever waits behind a job that is settled later waits still.
    const then = new Map([...states].map(([id, state]) => [id, (freedBy.get(id) ?? -1) > i ? "blocked" : state]));
    answers[i] = { status: "accepted", next: answersTo(settlement.next ?? [], created, then) };
  }
}

/** Which settlement a job no longer waits for. */
function freed(looked: readonly Looked[], left: Rows): ReadonlyMap<string, number> {
  const byKey = new Map(looked.map(({ key, i }) => [key, i]));
  const rows = left as readonly { id: string; key: string }[]; // the columns that LEAVE returns
  return new Map(rows.map(({ id, key }) => [id, byKey.get(key) ?? -1]));
}
