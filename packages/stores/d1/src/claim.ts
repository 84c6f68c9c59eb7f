import type { ClaimRequest, ClaimedJob } from "@longshore/core/adapter";
import { claimLimited } from "./claim-limited.ts";
import { MOST_CHARACTERS, TAKEN, claimedJobs } from "./claimed.ts";
import { LIMITS, UNLIMITED, failing, inForm, unrelated } from "./forms.ts";
import type { Known } from "./known.ts";
import { endLate } from "./late.ts";
import { LINES, type Line, byAge, byPriority } from "./line.ts";
import { isPaused } from "./pauses.ts";
import { isCounted } from "./places.ts";
import { type Port, type Statement, list } from "./port.ts";
import { LATEST, NOW } from "./tables.ts";

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
 * What has not begun in time is one of those that are taken, but without a lease, and with its last token, by which it was
 * settled. It is ended by a statement of its own: one that could change a column of an index would write the index for
 * every job.
 *
 * `IN` makes the planner look up the taken rows, where the join alone reads the whole table. `told`: what else it returns.
 */
function claiming({ order, turns }: Line, told: string): string {
  return `WITH call AS (SELECT value, at FROM longshore_meta WHERE key = 'token' AND mark = ?3 AND NOT ${isPaused("?1", "at")} AND ${failing(isCounted("?1"), LIMITS)} IS NOT NULL),
${turns},
taken AS MATERIALIZED (SELECT id, late, row_number() OVER line AS place, sum(size) OVER line AS characters FROM turns WINDOW line AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING))
UPDATE longshore_jobs AS j SET token = iif(late, token, call.value - ?5 + taken.place), attempt = attempt + NOT late, stalled = until IS NOT NULL, waited = call.at - coalesce(until, due), until = iif(late, NULL, min(call.at + ?4, ${LATEST}))
FROM call CROSS JOIN taken WHERE j.id IN (SELECT id FROM taken) AND j.id = taken.id AND (taken.place = 1 OR taken.characters <= ?6)
RETURNING ${TAKEN}, ${UNLIMITED}${told}`;
}

type Statements = { readonly byPriority: string; readonly byAge: string };
const statementsTelling = (told: string): Statements => ({
  byPriority: claiming(byPriority("?1", "?2"), told),
  byAge: claiming(byAge("?1", "?2", "?7"), told),
});
const OF_ONE_QUEUE = statementsTelling("");
/**
 * The end of a job that has not begun in time may free its children for the queues behind its own. So if it has relatives, the
 * queues are claimed from one by one.
 */
const OF_SEVERAL = statementsTelling(`, iif(until IS NULL, ${unrelated("about")}, NULL) AS unrelated`);

/** `known` learns of those that have relatives or limits, and in which queues it met these. */
export async function claim<P>(
  port: Port<P>,
  at: number | null,
  request: ClaimRequest,
  known: Known,
): Promise<ClaimedJob[]> {
  const queues = request.queues.filter(({ limit }) => limit > 0);
  const inTurn = queues.length === 1 || queues.some(({ name }) => known.limited.has(name));
  if (queues.length === 0) return [];
  return inForm(inTurn, (full) =>
    full
      ? claimInTurn(port, at, { ...request, queues }, known)
      : claimFrom(port, at, { ...request, queues }, known, OF_SEVERAL),
  );
}

async function claimInTurn<P>(
  port: Port<P>,
  at: number | null,
  request: ClaimRequest,
  known: Known,
): Promise<ClaimedJob[]> {
  const jobs: ClaimedJob[] = [];
  try {
    for (const queue of request.queues) {
      const { name } = queue;
      await inForm(known.limited.has(name), async (full) => {
        if (full) return claimLimited(port, at, queue, request, known, jobs);
        jobs.push(...(await claimFrom(port, at, { ...request, queues: [queue] }, known, OF_ONE_QUEUE)));
      });
    }
  } catch (error) {
    // What has a lease already is not lost.
    if (jobs.length === 0) throw error;
  }
  return jobs;
}

async function claimFrom<P>(
  port: Port<P>,
  at: number | null,
  { queues, leaseMs: wanted, priorityAgeMs }: ClaimRequest,
  known: Known,
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
  const jobs = answers.flatMap((rows) => claimedJobs(rows, leaseMs, known));
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
