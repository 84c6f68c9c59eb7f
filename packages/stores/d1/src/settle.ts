import type { SettleAnswer, Settlement } from "@longshore/core/adapter";
import { answersTo, encodeJob, inserting, readIds, readStates, statesOf } from "./enqueue.ts";
import { failuresWith } from "./failures.ts";
import { formatOf } from "./format.ts";
import { type Port, type Rows, type Statement, chunks, list } from "./port.ts";
import { type Step, hasFollowUps, stepsOf } from "./steps.ts";
import { LATEST, NOW, STANDS } from "./tables.ts";
import { encodeText } from "./text.ts";

/** The lease that the settlement `s` is about still holds the row `j`. */
const HOLDS = "j.id = s.value ->> 1 AND j.token = s.value ->> 2 AND j.until IS NOT NULL";

/** The answers, before anything changes. */
const LOOK = `SELECT s.value ->> 0 AS i, CASE WHEN j.id IS NULL THEN 'gone' WHEN j.token <> s.value ->> 2 THEN 'stale' WHEN j.until IS NOT NULL THEN 'accepted' WHEN j.settled = s.value ->> 2 THEN 'repeated' WHEN j.ended = 'cancelled' THEN 'cancelled' ELSE 'stale' END AS answer
FROM json_each(?2) AS s LEFT JOIN longshore_jobs AS j ON j.id = s.value ->> 1 AND ${STANDS}`;

/** The usual end of a job of which nothing is kept: its row is deleted, and nothing of it is read. */
const FINISH = `DELETE FROM longshore_jobs WHERE id IN (SELECT j.id FROM json_each(?1) AS s CROSS JOIN longshore_jobs AS j ON ${HOLDS} WHERE j.keep = 0 AND s.value ->> 3 = 'complete')`;

/** As `isUnable` of the core; reasons are kept as JSON. */
const unable = (reason: string): string => `substr(${reason}, 1, 15) = '"no worker has '`;

/** Everything else. */
const SETTLE = `UPDATE longshore_jobs AS j SET until = NULL, settled = j.token,
given = s.value ->> 3 = 'snooze', attempt = j.attempt - (s.value ->> 3 = 'snooze'), due = min(${NOW} + coalesce(s.value ->> 4, 0), ${LATEST}),
ended = CASE s.value ->> 3 WHEN 'complete' THEN 'completed' WHEN 'dead' THEN 'dead' END,
expires = CASE s.value ->> 3 WHEN 'complete' THEN min(${NOW} + j.keep, ${LATEST}) END,
result = s.value ->> 5,
why = CASE s.value ->> 3 WHEN 'snooze' THEN coalesce(s.value ->> 7, j.why) END,
since = CASE WHEN s.value ->> 3 <> 'snooze' THEN NULL WHEN s.value ->> 7 IS NULL OR s.value ->> 7 = j.why OR (${unable("s.value ->> 7")} AND ${unable("j.why")}) THEN j.since ELSE ${NOW} END,
failures = iif(s.value ->> 6 IS NULL, j.failures, ${failuresWith(`json('{"attempt":' || j.attempt || ',"at":' || ${NOW} || ',' || substr(s.value ->> 6, 2))`)})
FROM json_each(?2) AS s WHERE ${HOLDS}`;

/** The lease that a follow-up job comes from; 11 and 12 are its id and token. */
const PARENT_HOLDS =
  "EXISTS (SELECT 1 FROM longshore_jobs AS h WHERE h.id = value ->> 11 AND h.token = value ->> 12 AND h.until IS NOT NULL)";
const FOLLOW_UP = inserting(PARENT_HOLDS);
/** A job that is followed by one with its own id, and of which nothing is kept, is replaced where it is. */
const FOLLOW_ITSELF = inserting(PARENT_HOLDS, "j.ended IS NULL AND j.keep = 0");

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

/** LOOK is the first, and the states of the follow-up jobs are the last. */
function statementsOf({ settlements, next }: Step, at: number | null): Statement[] {
  const leases = list(settlements.map(([i, { id, token, outcome }]) => [i, id, token, outcome.type]));
  const statements: Statement[] = [{ sql: LOOK, args: [at, leases] }];
  for (const own of [false, true]) {
    const some = next.filter(({ job, parent }) => (job.id === parent.id) === own && !(own && isDead(parent)));
    for (const part of chunks(some, ({ job }) => job.payload.length + 500)) {
      const jobs = list(part.map(({ job, parent }) => encodeJob(job, parent.id, parent.token)));
      statements.push({ sql: own ? FOLLOW_ITSELF : FOLLOW_UP, args: [at, jobs] });
    }
  }
  if (settlements.some(([, { outcome }]) => outcome.type === "complete"))
    statements.push({ sql: FINISH, args: [leases] });
  statements.push(...formatOf(next.map(({ job }) => job)), { sql: SETTLE, args: [at, list(settlements.map(encode))] });
  if (next.length > 0) statements.push(statesOf([...new Set(next.map(({ job }) => job.id))], at));
  return statements;
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

function readAnswers({ settlements, next }: Step, rows: readonly Rows[], answers: SettleAnswer[]): void {
  const looked = rows[0] as readonly { i: number; answer: Exclude<SettleAnswer, object> }[]; // the columns of LOOK
  for (const { i, answer } of looked) answers[i] = answer;
  if (next.length === 0) return;
  const created = new Set(rows.slice(1, -1).flatMap(readIds));
  const states = readStates(rows.at(-1));
  for (const [i, settlement] of settlements) {
    if (answers[i] !== "accepted" || !hasFollowUps(settlement)) continue;
    answers[i] = { status: "accepted", next: answersTo(settlement.next ?? [], created, states) };
  }
}
