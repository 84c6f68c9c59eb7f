import type { NewJob, SettleAnswer, Settlement } from "@longshore/core/adapter";
import { answersTo } from "./enqueue.ts";
import { KEEP, fates, readFates } from "./children.ts";
import { encodeJob, inserting, readIds, readStates, statesOf } from "./inserts.ts";
import { failuresWith } from "./failures.ts";
import { HOLD, type KnownRelatives, hasOpenChild, unlessRelated, unrelated } from "./family.ts";
import { formatOf } from "./format.ts";
import { ABOUT_ENDED, HELD_UNTIL, IS_HELD, keyOf, leaving } from "./keys.ts";
import { type Linking, MARKED, linking, marking } from "./link.ts";
import { type Port, type Rows, type Statement, chunks, list } from "./port.ts";
import { insertingRounds, lengthOf, readRound, roundStatements, roundsOfJobs } from "./rounds.ts";
import { type Placed, type Step, hasFollowUps, stepsOf } from "./steps.ts";
import { LATEST, NOW, STANDS } from "./tables.ts";
import { encodeText } from "./text.ts";

/** The lease that the settlement `s` is about still holds the row `j`. */
const HOLDS = "j.id = s.value ->> 1 AND j.token = s.value ->> 2 AND j.until IS NOT NULL";

const ENDS = "s.value ->> 3 IN ('complete', 'dead')";

/** The answers, before anything changes, and the unique keys. */
const look = (
  also: string,
): string => `SELECT s.value ->> 0 AS i, ${keyOf("j")} AS key${also}, CASE WHEN j.id IS NULL THEN 'gone' WHEN j.token <> s.value ->> 2 THEN 'stale' WHEN j.until IS NOT NULL THEN 'accepted' WHEN j.settled = s.value ->> 2 THEN 'repeated' WHEN j.ended = 'cancelled' THEN 'cancelled' ELSE 'stale' END AS answer
FROM json_each(?2) AS s LEFT JOIN longshore_jobs AS j ON j.id = s.value ->> 1 AND ${STANDS}`;
const LOOK = look(`, iif(${ENDS} AND ${HOLDS}, ${unrelated("j.about")}, NULL) AS unrelated`);
const LOOK_AT_FAMILIES = look("");

const ENDING = `json_each(?2) AS s CROSS JOIN longshore_jobs AS k ON ${ENDS} AND ${HOLDS.replaceAll("j.", "k.")}`;
const LEAVE = leaving(ENDING);
const FATES = fates({
  rows: ENDING,
  how: "iif(s.value ->> 3 = 'complete', 'completed', 'dead')",
  place: "s.value ->> 0",
  lapse: "NULL",
});

/** The usual end of a job of which nothing is kept: its row is deleted, and nothing of it is read. */
const FINISH = `DELETE FROM longshore_jobs WHERE id IN (SELECT j.id FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON ${HOLDS} WHERE j.keep = 0 AND s.value ->> 3 = 'complete' AND NOT ${IS_HELD})`;
/** One with relatives is over from now on, but is still looked at. A prune deletes it. */
const FINISH_UNRELATED = FINISH.replace(/\)$/, " AND j.about -> '$[5]' IS NULL)");

/** As `isUnable` of the core; reasons are kept as JSON. */
const unable = (reason: string): string => `substr(${reason}, 1, 15) = '"no worker has '`;

/** Everything else. `more`: what is added to the time of a completed row. */
const settling = (more: string): string => `UPDATE longshore_jobs AS j SET until = NULL, settled = j.token,
given = s.value ->> 3 = 'snooze', attempt = j.attempt - (s.value ->> 3 = 'snooze'), due = min(${NOW} + coalesce(s.value ->> 4, 0), ${LATEST}),
ended = CASE s.value ->> 3 WHEN 'complete' THEN 'completed' WHEN 'dead' THEN 'dead' END,
expires = CASE s.value ->> 3 WHEN 'complete' THEN max(min(${NOW} + j.keep, ${LATEST}), ${HELD_UNTIL})${more} END,
about = iif(s.value ->> 3 IN ('complete', 'dead'), ${ABOUT_ENDED}, j.about),
result = s.value ->> 5,
why = CASE s.value ->> 3 WHEN 'snooze' THEN coalesce(s.value ->> 7, j.why) END,
since = CASE WHEN s.value ->> 3 <> 'snooze' THEN NULL WHEN s.value ->> 7 IS NULL OR s.value ->> 7 = j.why OR (${unable("s.value ->> 7")} AND ${unable("j.why")}) THEN j.since ELSE ${NOW} END,
failures = iif(s.value ->> 6 IS NULL, j.failures, ${failuresWith(`json('{"attempt":' || j.attempt || ',"at":' || ${NOW} || ',' || substr(s.value ->> 6, 2))`)})
FROM json_each(?2) AS s WHERE ${HOLDS}`;
const SETTLE = settling("");
/** Nearly always what KEEP would write. */
const SETTLE_RELATED = settling(` + iif(${hasOpenChild("j")}, ${HOLD}, 0)`);

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
const MARK = marking(`EXISTS (SELECT 1 FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON ${HOLDS})`);
const FOLLOW_IN_ROUNDS = insertingRounds(MARKED);

/** In a call, more statements than this are sent as several batches: D1 limits those of one request. */
const MOST_STEPS = 50;

export async function settle<P>(
  port: Port<P>,
  at: number | null,
  settlements: readonly Settlement[],
  known: KnownRelatives,
): Promise<SettleAnswer[]> {
  const answers: SettleAnswer[] = [];
  const send = async (placed: Placed, related: boolean): Promise<void> => {
    const steps = stepsOf(placed, related);
    for (let from = 0; from < steps.length; from += MOST_STEPS) {
      const some = steps.slice(from, from + MOST_STEPS);
      const sent = some.map((step) => statementsOf(step, at, related));
      const write = async (): Promise<void> => {
        const rows = await port.write(sent.flatMap(({ statements }) => statements));
        let read = 0;
        some.forEach((step, n) => {
          const { statements = [], inTurn } = sent[n] ?? {};
          readAnswers(step, rows.slice(read, (read += statements.length)), answers, related, inTurn);
        });
      };
      const again = some.flatMap((step) => step.settlements);
      await (related ? write() : unlessRelated(write, () => send(again, true)));
    }
  };
  await send(
    settlements.map((settlement, i) => [i, settlement]),
    settlements.filter(({ id }) => known.delete(id)).length > 0,
  );
  return answers;
}

type Sent = { readonly statements: readonly Statement[]; readonly inTurn: Linking };

/** What comes first tells the answers, and what comes last of the follow-up jobs. */
function statementsOf({ settlements, next, inTurn }: Step, at: number | null, related: boolean): Sent {
  const leases = list(settlements.map(([i, { id, token, outcome }]) => [i, id, token, outcome.type]));
  const mark = crypto.randomUUID();
  const ends = hasEnd(settlements);
  const follow = inTurnOf(inTurn, at, mark);
  const over = (...sqls: readonly string[]) => sqls.map((sql): Statement => ({ sql, args: [at, leases] }));
  const statements = [
    ...over(related ? LOOK_AT_FAMILIES : LOOK),
    ...(ends ? over(...(related ? [FATES, LEAVE] : [LEAVE])) : []),
    ...(inTurn.length > 0 ? [{ sql: MARK, args: [at, leases, mark] }] : []),
    ...followUps(next, at),
    ...(ends ? over(related ? FINISH_UNRELATED : FINISH) : []),
    ...formatOf(inTurn.length > 0 ? inTurn : next.map(({ job }) => job)),
    { sql: related ? SETTLE_RELATED : SETTLE, args: [at, list(settlements.map(encode))] },
    ...(ends && related ? [{ sql: KEEP, args: [at, list(settlements.map(([, { id }]) => id))] }] : []),
    ...follow.statements,
    ...(next.length > 0 ? [statesOf([...new Set(next.map(({ job }) => job.id))], at)] : []),
  ];
  return { statements, inTurn: follow };
}

/** What follows in turn, some of which may come after others. */
function inTurnOf(jobs: readonly NewJob[], at: number | null, mark: string): Linking {
  if (jobs.some(({ after }) => after !== undefined)) return linking(jobs, at, mark);
  const rounds = roundsOfJobs(jobs, mark);
  return {
    statements: rounds.flatMap((round) => roundStatements(round, at, FOLLOW_IN_ROUNDS)),
    read(rows) {
      let read = 0;
      const told = rounds.flatMap((round) => readRound(round, rows.slice(read, (read += lengthOf(round)))));
      return told.sort(([a], [b]) => a - b).map(([, answer]) => answer);
    },
  };
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

function readAnswers(
  { settlements, next, inTurn }: Step,
  rows: readonly Rows[],
  answers: SettleAnswer[],
  related: boolean,
  follow: Linking | undefined,
): void {
  const looked = rows[0] as readonly Looked[]; // the columns of LOOK
  for (const { i, answer } of looked) answers[i] = answer;
  if (related && hasEnd(settlements)) {
    for (const [i] of settlements) {
      const told = readFates(rows[1] ?? [], i);
      if (Object.keys(told).length > 0) answers[i] = { status: "accepted", next: [], ...told };
    }
  }
  if (inTurn.length > 0 && follow !== undefined) {
    const i = settlements[0]?.[0] ?? -1; // it has one
    const answer = answers[i];
    if (answer !== "accepted" && typeof answer !== "object") return;
    const fates = typeof answer === "object" ? answer : { status: answer };
    answers[i] = { ...fates, next: follow.read(rows.slice(rows.length - follow.statements.length)) };
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
