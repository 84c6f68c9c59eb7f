import type { NewJob, SettleAnswer, Settlement } from "@longshore/core/adapter";
import { type Sent, batchesOf, send } from "./batches.ts";
import { answersTo } from "./enqueue.ts";
import { KEEP, fates, readFates } from "./children.ts";
import { encodeJob, inserting, readIds, readStates, statesOf } from "./inserts.ts";
import { failuresWith } from "./failures.ts";
import { HOLD, hasOpenChild } from "./family.ts";
import { formatOf } from "./format.ts";
import { FAMILIES, LIMITS, UNLIMITED, hasFailed, unlimited, unrelated } from "./forms.ts";
import { ABOUT_ENDED, HELD_UNTIL, IS_HELD, keyOf, leaving } from "./keys.ts";
import type { Known, KnownJob } from "./known.ts";
import { laneIn, lineFrom } from "./lanes.ts";
import { type Changed, changedBy, hasLimits, lettingThrough } from "./let-through.ts";
import { type Linking, MARKED, linking, marking } from "./link.ts";
import { type Port, type Rows, type Statement, chunks, list } from "./port.ts";
import { insertingRounds, lengthOf, readRound, roundStatements, roundsOfJobs } from "./rounds.ts";
import { type Placed, type Step, followUpsOf, isEnd, stepsOf } from "./steps.ts";
import { LATEST, NOW, STANDS } from "./tables.ts";
import { encodeText } from "./text.ts";

/** The lease that the settlement `s` is about still holds the row `j`. */
const HOLDS = "j.id = s.value ->> 1 AND j.token = s.value ->> 2 AND j.until IS NOT NULL";

const ENDS = "s.value ->> 3 IN ('complete', 'dead')";

/** The answers, before anything changes, and the unique keys. Of a job whose keys nobody knows: it may have no limits. */
const look = (
  also: string,
): string => `SELECT s.value ->> 0 AS i, ${keyOf("j")} AS key, iif(${HOLDS} AND s.value ->> 4 IS NULL, ${unlimited("j.about")}, NULL) AS unlimited${also}, CASE WHEN j.id IS NULL THEN 'gone' WHEN j.token <> s.value ->> 2 THEN 'stale' WHEN j.until IS NOT NULL THEN 'accepted' WHEN j.settled = s.value ->> 2 THEN 'repeated' WHEN j.ended = 'cancelled' THEN 'cancelled' ELSE 'stale' END AS answer
FROM json_each(?2) AS s LEFT JOIN longshore_jobs AS j ON j.id = s.value ->> 1 AND ${STANDS}`;
const LOOK = look(`, iif(${ENDS} AND ${HOLDS}, ${unrelated("j.about")}, NULL) AS unrelated`);
const LOOK_AT_FAMILIES = look("");

const ENDING = `json_each(?2) AS s CROSS JOIN longshore_jobs AS k ON ${ENDS} AND ${HOLDS.replaceAll("j.", "k.")}`;
const LEAVE = leaving(ENDING);
const LEAVE_UNLIMITED = `${LEAVE}, ${UNLIMITED}`;
const FATES = fates({
  rows: ENDING,
  how: "iif(s.value ->> 3 = 'complete', 'completed', 'dead')",
  place: "s.value ->> 0",
  lapse: "NULL",
});

/** The usual end of a job of which nothing is kept: its row is deleted, and nothing of it is read. */
const FINISH = `DELETE FROM longshore_jobs WHERE id IN (SELECT j.id FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON ${HOLDS} WHERE j.keep = 0 AND s.value ->> 3 = 'complete' AND NOT ${IS_HELD})`;
/** One with relatives is over from now on, but is still looked at. A prune deletes it. */
const FINISH_UNRELATED = FINISH.replace(/\)$/, " AND j.about ->> '$[5]' IS NULL)");

/** As `isUnable` of the core; reasons are kept as JSON. */
const unable = (reason: string): string => `substr(${reason}, 1, 15) = '"no worker has '`;

/** Everything else. `more`: what is added to the time of a completed row. */
const DUE = `min(${NOW} + coalesce(s.value ->> 4, 0), ${LATEST})`;
const settled = (more: string): string => `UPDATE longshore_jobs AS j SET until = NULL, settled = j.token,
queue = j.queue || iif(${ENDS}, '', ${lineFrom("j.about", DUE)}),
given = s.value ->> 3 = 'snooze', attempt = j.attempt - (s.value ->> 3 = 'snooze'), due = ${DUE},
ended = CASE s.value ->> 3 WHEN 'complete' THEN 'completed' WHEN 'dead' THEN 'dead' END,
expires = CASE s.value ->> 3 WHEN 'complete' THEN max(min(${NOW} + j.keep, ${LATEST}), ${HELD_UNTIL})${more} END,
about = iif(s.value ->> 3 IN ('complete', 'dead'), ${ABOUT_ENDED}, j.about),
result = s.value ->> 5,
why = CASE s.value ->> 3 WHEN 'snooze' THEN coalesce(s.value ->> 7, j.why) END,
since = CASE WHEN s.value ->> 3 <> 'snooze' THEN NULL WHEN s.value ->> 7 IS NULL OR s.value ->> 7 = j.why OR (${unable("s.value ->> 7")} AND ${unable("j.why")}) THEN j.since ELSE ${NOW} END,
failures = iif(s.value ->> 6 IS NULL, j.failures, ${failuresWith(`json('{"attempt":' || j.attempt || ',"at":' || ${NOW} || ',' || substr(s.value ->> 6, 2))`)})
FROM json_each(?2) AS s WHERE ${HOLDS}`;
const SETTLE = settled("");
/** Nearly always what KEEP would write. */
const SETTLE_RELATED = settled(` + iif(${hasOpenChild("j")}, ${HOLD}, 0)`);

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

export async function settle<P>(
  port: Port<P>,
  at: number | null,
  settlements: readonly Settlement[],
  claimed: Known,
): Promise<SettleAnswer[]> {
  const answers: SettleAnswer[] = [];
  const known = new Map(
    settlements.flatMap((settlement, i) => {
      const job = claimed.take(settlement);
      return job === undefined ? [] : [[i, job] as const];
    }),
  );
  /** `looked`: it knows the keys of all. */
  const settleAll = async (placed: Placed, related: boolean, looked: boolean): Promise<void> => {
    for (const some of batchesOf(stepsOf(placed, related, known))) {
      const again = some.flatMap((step) => step.settlements);
      try {
        await send(
          port,
          some.map((step) => settling(step, at, { related, looked, known }, answers)),
        );
      } catch (error) {
        if (!related && hasFailed(error, FAMILIES)) await settleAll(again, true, looked);
        else if (looked || !hasFailed(error, LIMITS)) throw error;
        else {
          await lookAtKeys(port, again, known);
          await settleAll(again, related, true);
        }
      }
    }
  };
  await settleAll(
    settlements.map((settlement, i) => [i, settlement]),
    [...known.values()].some(({ families }) => families),
    false,
  );
  return answers;
}

/** Of jobs that another instance has claimed, or that have none. */
const KEYS = `SELECT s.value ->> 0 AS i, ${laneIn("j")} AS lane, ${keyOf("j")} AS key FROM json_each(?1) AS s CROSS JOIN longshore_jobs AS j ON j.id = s.value ->> 1 AND j.token = s.value ->> 2`;

async function lookAtKeys<P>(port: Port<P>, placed: Placed, known: Map<number, KnownJob>): Promise<void> {
  const asked = placed.filter(([i]) => !known.has(i));
  const [rows] = await port.read([{ sql: KEYS, args: [list(asked.map(([i, { id, token }]) => [i, id, token]))] }]);
  for (const [i] of asked) known.set(i, {});
  const found = rows as readonly { i: number; lane: string | null; key: string | null }[]; // the columns of KEYS
  for (const { i, lane, key } of found) known.set(i, { lane: lane ?? undefined, key: key ?? undefined });
}

type Manner = Readonly<Record<"related" | "looked", boolean>> & { readonly known: ReadonlyMap<number, KnownJob> };

/** What comes first tells the answers, and what comes last of the follow-up jobs. */
function settling(step: Step, at: number | null, { related, looked, known }: Manner, answers: SettleAnswer[]): Sent {
  const { settlements, next, inTurn } = step;
  const leases = list(
    settlements.map(([i, { id, token, outcome }]) => [i, id, token, outcome.type, known.has(i) || null]),
  );
  const mark = crypto.randomUUID();
  const ends = hasEnd(settlements);
  const over = (...sqls: readonly string[]) => sqls.map((sql): Statement => ({ sql, args: [at, leases] }));
  const changed = settlements.map(([i, { id }]): Changed => ({ ...known.get(i), id: related ? id : undefined }));
  const lets = related || changed.some(({ lane, key }) => lane !== undefined || key !== undefined);
  const through = lets ? [lettingThrough(changed, at)] : [];
  const follow = inTurnOf(inTurn, at, mark, looked || hasLimits(inTurn));
  // Who waits for one that nobody knows may have limits.
  const leave = settlements.every(([i]) => known.has(i)) ? LEAVE : LEAVE_UNLIMITED;
  const statements = [
    ...over(related ? LOOK_AT_FAMILIES : LOOK),
    ...(ends ? over(...(related ? [FATES, leave] : [leave])) : []),
    ...(inTurn.length > 0 ? [{ sql: MARK, args: [at, leases, mark] }] : []),
    ...followUps(next, at),
    ...(ends ? over(related ? FINISH_UNRELATED : FINISH) : []),
    ...formatOf(inTurn.length > 0 ? inTurn : next.map(({ job }) => job)),
    { sql: related ? SETTLE_RELATED : SETTLE, args: [at, list(settlements.map(encode))] },
    ...(ends && related ? [{ sql: KEEP, args: [at, list(settlements.map(([, { id }]) => id))] }] : []),
    ...through,
    ...follow.statements,
    ...(next.length > 0 ? [statesOf([...new Set(next.map(({ job }) => job.id))], at)] : []),
  ];
  return { statements, read: (rows) => readAnswers(step, rows, answers, related, follow) };
}

/** What follows in turn, some of which may come after others. */
function inTurnOf(jobs: readonly NewJob[], at: number | null, mark: string, full: boolean): Linking {
  if (jobs.some(({ after }) => after !== undefined)) return linking(jobs, at, mark);
  const rounds = roundsOfJobs(jobs, mark);
  const inserts = rounds.flatMap((round) => roundStatements(round, at, FOLLOW_IN_ROUNDS, full));
  return {
    statements: full && jobs.length > 0 ? [...inserts, lettingThrough(changedBy(jobs), at)] : inserts,
    read(rows) {
      let read = 0;
      const told = rounds.flatMap((round) => readRound(round, rows.slice(read, (read += lengthOf(round)))));
      return told.sort(([a], [b]) => a - b).map(([, answer]) => answer);
    },
  };
}

function hasEnd(settlements: Step["settlements"]): boolean {
  return settlements.some(([, settlement]) => isEnd(settlement));
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

/** All that outcomes say. */
type Told = {
  readonly type: string;
  readonly delayMs?: number;
  readonly result?: string | undefined;
  readonly failure?: unknown;
  readonly reason?: unknown;
};

function encode([i, { id, token, outcome }]: readonly [number, Settlement]): readonly unknown[] {
  const { type, delayMs, result, failure, reason }: Told = outcome;
  const delay = delayMs && Math.ceil(Math.min(delayMs, LATEST));
  return [i, id, token, type, delay, result && encodeText(result), JSON.stringify(failure), JSON.stringify(reason)];
}

type Looked = { readonly i: number; readonly key: string | null; readonly answer: Exclude<SettleAnswer, object> };

function readAnswers(
  { settlements, next, inTurn }: Step,
  rows: readonly Rows[],
  answers: SettleAnswer[],
  related: boolean,
  follow: Linking,
): void {
  const looked = rows[0] as readonly Looked[]; // the columns of LOOK
  for (const { i, answer } of looked) answers[i] = answer;
  if (related && hasEnd(settlements)) {
    for (const [i] of settlements) {
      const told = readFates(rows[1] ?? [], i);
      if (Object.keys(told).length > 0) answers[i] = { status: "accepted", next: [], ...told };
    }
  }
  if (inTurn.length > 0) {
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
    const jobs = followUpsOf(settlement);
    if (answers[i] !== "accepted" || jobs.length === 0) continue;
    // Whoever waits behind a job that is settled later waits still.
    const then = new Map([...states].map(([id, state]) => [id, (freedBy.get(id) ?? -1) > i ? "blocked" : state]));
    answers[i] = { status: "accepted", next: answersTo(jobs, created, then) };
  }
}

/** Which settlement a job no longer waits for. */
function freed(looked: readonly Looked[], left: Rows): ReadonlyMap<string, number> {
  const byKey = new Map(looked.map(({ key, i }) => [key, i]));
  const rows = left as readonly { id: string; key: string }[]; // the columns that LEAVE returns
  return new Map(rows.map(({ id, key }) => [id, byKey.get(key) ?? -1]));
}
