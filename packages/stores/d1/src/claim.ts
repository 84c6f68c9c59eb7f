import { type ClaimRequest, type ClaimedJob, expiredJob } from "@longshore/core/adapter";
import { hasExpired } from "./expiry.ts";
import { type KnownRelatives, isRelated, unlessRelated, unrelated } from "./family.ts";
import { endLate } from "./late.ts";
import { isPaused } from "./pauses.ts";
import { type Port, type Rows, type Statement, list } from "./port.ts";
import { aboutOf } from "./row.ts";
import { LATEST, NOW, PRIORITIES } from "./tables.ts";
import { decodeText } from "./text.ts";

/** A claim ends before the job that would make its answer longer than this, in characters of payloads. */
const MOST_CHARACTERS = 8_000_000;

/** Rows of the index in its order: of a queue's line for each priority. A cross join keeps the order of its tables. */
const LINES = `${PRIORITIES} AS p CROSS JOIN longshore_jobs AS j INDEXED BY longshore_waiting ON j.priority = p.value AND j.ended IS NULL`;

/**
 * Takes as many tokens as the call could need, if a claim of these queues, ?4, would find anything; otherwise it writes
 * nothing. It leaves the time and the mark of the call, ?3, so that the claims of the same batch have both: without it, a
 * job that becomes due between two statements would get a token that was given before.
 */
const TAKE_TOKENS = `UPDATE longshore_meta SET value = value + ?2, mark = ?3, at = ${NOW} WHERE key = 'token' AND EXISTS (
SELECT 1 FROM json_each(?4) AS q CROSS JOIN ${LINES} AND j.queue = q.value AND j.due <= ${NOW}
WHERE (j.until IS NULL OR j.until <= ${NOW}) AND NOT ${isPaused("q.value", NOW)})`;

/**
 * Leases at most ?2 jobs of the queue ?1 for ?4 ms. Leased rows keep their place in the index, so that a claim writes
 * one row for each job; claims pass over them.
 *
 * A row whose lease has expired is in its line by the time at which it became due first, but its turn goes by the
 * lease's end, which is later. So this reads the waiting rows first. The last of as many as are wanted is the furthest
 * place: an expired row behind it has its turn later still. Among all rows up to there the turns decide.
 *
 * What has not begun in time is one of those that are taken, but without a lease, and with its last token, by which it was
 * settled. It is ended by a statement of its own: one that could change a column of an index would write the index for
 * every job.
 *
 * `IN` makes the planner look up the taken rows, where the join alone reads the whole table.
 */
const claimByPriority = (told: string): string =>
  claimBy(
    told,
    "priority, turn, seq",
    `waiting AS (SELECT j.priority, j.due, j.seq FROM call CROSS JOIN ${LINES} AND j.queue = ?1 AND j.due <= call.at WHERE j.until IS NULL LIMIT CAST(?2 AS INTEGER)),
furthest AS (SELECT call.at, coalesce(w.priority, 9) AS priority, coalesce(w.due, call.at) AS due, coalesce(w.seq, ${Number.MAX_SAFE_INTEGER}) AS seq FROM call LEFT JOIN (SELECT * FROM waiting LIMIT 1 OFFSET CAST(?2 AS INTEGER) - 1) AS w),`,
    `furthest AS f CROSS JOIN ${LINES} AND j.queue = ?1
AND (j.due, j.seq) <= (iif(p.value = f.priority, f.due, f.at), iif(p.value = f.priority, f.seq, ${Number.MAX_SAFE_INTEGER}))
WHERE p.value <= f.priority AND`,
  );

/** The same where ?7 ms count as a level of priority: every line is read up to its last that could be among as many. */
const claimByAge = (told: string): string =>
  claimBy(
    told,
    "turn + priority * ?7, priority, turn, seq",
    `ends AS (SELECT call.at, p.value AS priority, (SELECT j.id FROM longshore_jobs AS j INDEXED BY longshore_waiting WHERE j.queue = ?1 AND j.priority = p.value AND j.ended IS NULL AND j.due <= call.at AND j.until IS NULL ORDER BY j.due, j.seq LIMIT 1 OFFSET CAST(?2 AS INTEGER) - 1) AS id FROM call CROSS JOIN ${PRIORITIES} AS p),
furthest AS MATERIALIZED (SELECT e.at, e.priority, coalesce(w.due, e.at) AS due, coalesce(w.seq, ${Number.MAX_SAFE_INTEGER}) AS seq FROM ends AS e LEFT JOIN longshore_jobs AS w ON w.id = e.id),`,
    `furthest AS f CROSS JOIN longshore_jobs AS j INDEXED BY longshore_waiting ON j.queue = ?1 AND j.priority = f.priority AND j.ended IS NULL AND (j.due, j.seq) <= (f.due, f.seq)
WHERE`,
  );

/** `told`: what else it returns. `from`: the rows among which the order decides, and what else they must be; `before`: what that needs. */
function claimBy(told: string, order: string, before: string, from: string): string {
  return `WITH call AS (SELECT value, at FROM longshore_meta WHERE key = 'token' AND mark = ?3 AND NOT ${isPaused("?1", "at")}),
${before}
turns AS (SELECT j.id, j.size, j.priority, coalesce(j.until, j.due) AS turn, j.seq, ${hasExpired("f.at")} AS late FROM ${from} (j.until IS NULL OR j.until <= f.at) ORDER BY ${order.replace(/\b(priority|seq)\b/g, "j.$1")} LIMIT CAST(?2 AS INTEGER)),
taken AS MATERIALIZED (SELECT id, late, row_number() OVER line AS place, sum(size) OVER line AS characters FROM turns WINDOW line AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING))
UPDATE longshore_jobs AS j SET token = iif(late, token, call.value - ?5 + taken.place), attempt = attempt + NOT late, stalled = until IS NOT NULL, waited = call.at - coalesce(until, due), until = iif(late, NULL, min(call.at + ?4, ${LATEST}))
FROM call CROSS JOIN taken WHERE j.id IN (SELECT id FROM taken) AND j.id = taken.id AND (taken.place = 1 OR taken.characters <= ?6)
RETURNING id, queue, name, priority, token, attempt, stalled, waited, born, until, about, why, since, due, iif(until IS NULL, '', payload) AS payload${told}`;
}

type Statements = { readonly byPriority: string; readonly byAge: string };
const OF_ONE_QUEUE: Statements = { byPriority: claimByPriority(""), byAge: claimByAge("") };
/**
 * The end of a job that has not begun in time may free its children for the queues behind its own. So if it has relatives, the
 * queues are claimed from one by one.
 */
const TOLD = `, iif(until IS NULL, ${unrelated("about")}, NULL) AS unrelated`;
const OF_SEVERAL: Statements = { byPriority: claimByPriority(TOLD), byAge: claimByAge(TOLD) };

type Claimed = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload", string> &
    Record<"priority" | "token" | "attempt" | "stalled" | "waited" | "born" | "due", number> &
    Record<"since" | "until", number | null> & { why: string | null }
>;

/** `known` learns of those that have relatives. */
export async function claim<P>(
  port: Port<P>,
  at: number | null,
  request: ClaimRequest,
  known: KnownRelatives,
): Promise<ClaimedJob[]> {
  const queues = request.queues.filter(({ limit }) => limit > 0);
  const of = (some: ClaimRequest["queues"], statements: Statements) =>
    claimFrom(port, at, { ...request, queues: some }, known, statements);
  if (queues.length === 0) return [];
  if (queues.length === 1) return of(queues, OF_ONE_QUEUE);
  return unlessRelated(
    () => of(queues, OF_SEVERAL),
    async () => {
      const jobs: ClaimedJob[] = [];
      try {
        for (const queue of queues) jobs.push(...(await of([queue], OF_ONE_QUEUE)));
      } catch (error) {
        // What has a lease already is not lost.
        if (jobs.length === 0) throw error;
      }
      return jobs;
    },
  );
}

async function claimFrom<P>(
  port: Port<P>,
  at: number | null,
  { queues, leaseMs: wanted, priorityAgeMs }: ClaimRequest,
  known: KnownRelatives,
  { byPriority, byAge }: Statements,
): Promise<ClaimedJob[]> {
  const leaseMs = Math.ceil(wanted);
  const most = queues.reduce((sum, { limit }) => sum + limit, 0);
  const mark = crypto.randomUUID();
  const statements: Statement[] = [{ sql: TAKE_TOKENS, args: [at, most, mark, list(queues.map(({ name }) => name))] }];
  let left = most;
  for (const { name, limit } of queues) {
    const characters = MOST_CHARACTERS / queues.length;
    const args = [name, limit, mark, leaseMs, left, characters];
    statements.push(
      priorityAgeMs === undefined ? { sql: byPriority, args } : { sql: byAge, args: [...args, priorityAgeMs] },
    );
    left -= limit;
  }
  const [, ...answers] = await port.write(statements);
  for (const { id, about } of answers.flat() as Claimed[]) if (isRelated(about)) known.add(id); // the columns of CLAIM
  const jobs = answers.flatMap((rows) => claimedJobs(rows, leaseMs));
  const late = jobs.flatMap(({ expired, id }) => (expired ? [id] : []));
  if (late.length === 0) return jobs;
  const { told, passedOn } = await endLate(port, at, late);
  const found = jobs.filter(({ expired, id }) => !expired || told.has(id));
  if (!passedOn) return found;
  const rest = queues.map(({ name, limit }) => ({
    name,
    limit: limit - jobs.filter(({ queue }) => queue === name).length,
  }));
  return [...found, ...(await claim(port, at, { queues: rest, leaseMs, priorityAgeMs }, known))];
}

/** An update returns its rows in no order; the tokens have that of the turns. */
function claimedJobs(rows: Rows, leaseMs: number): ClaimedJob[] {
  const claimed = rows as readonly Claimed[]; // the columns that CLAIM returns
  return [...claimed]
    .sort((a, b) => a.token - b.token)
    .map(
      ({
        id,
        queue,
        name,
        priority,
        token,
        attempt,
        stalled,
        waited,
        born,
        until,
        due,
        about,
        why,
        since,
        payload,
      }) => {
        const now = until === null ? due + waited : until - leaseMs;
        const job = { id, name, queue, payload: decodeText(payload), ...aboutOf(about), priority };
        // The same clock set both times, but it may have gone back.
        const times = { ageMs: Math.max(0, now - born), waitedMs: Math.max(0, waited) };
        if (until === null) return expiredJob(job, times);
        const snoozed = why !== null && {
          snoozed: { reason: JSON.parse(why), forMs: Math.max(0, now - (since ?? now)) },
        };
        return { ...job, token, attempt, stalled: stalled === 1, ...times, ...snoozed };
      },
    );
}
