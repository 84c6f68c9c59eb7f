import { LongshoreError } from "@longshore/core";
import {
  type JobPage,
  type JobRef,
  type JobState,
  type ListRequest,
  type QueueCounts,
  type StoredJob,
  statesOf,
} from "@longshore/core/adapter";
import { PAUSED_QUEUES } from "./pauses.ts";
import { type Port, list as listed } from "./port.ts";
import { SHOWN, type ShownRow, storedJob } from "./row.ts";
import { QUEUE, STANDS, STATE } from "./tables.ts";
import { isStorable } from "./text.ts";

/** An answer ends before the job that would make it longer than this, in characters. */
const MOST_CHARACTERS = 8_000_000;

const GET = `SELECT ${SHOWN} FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON j.id = s.value WHERE ${STANDS}`;

export async function get<P>(
  port: Port<P>,
  at: number | null,
  refs: readonly JobRef[],
): Promise<(StoredJob | undefined)[]> {
  const ids = [...new Set(refs.map(({ id }) => id))];
  const [rows = []] = await port.read([{ sql: GET, args: [at, listed(ids)] }]);
  const jobs = new Map((rows as readonly ShownRow[]).map((row) => [row.id, storedJob(row)])); // the columns of SHOWN
  return refs.map(({ id }) => jobs.get(id));
}

/**
 * Of the rows `found` (id, place, characters, amount), as many as fit into an answer, the first in any case. Their long
 * columns are read only now, because sorting would copy them.
 */
function fitting(found: string): string {
  return `WITH found AS (${found}) SELECT ${SHOWN}, f.amount FROM (SELECT id, place, sum(characters) OVER (ORDER BY place) AS characters, count(*) OVER () AS amount FROM found) AS f CROSS JOIN longshore_jobs AS j ON j.id = f.id WHERE f.place = 1 OR f.characters <= ${MOST_CHARACTERS} ORDER BY f.place`;
}

/** The characters of the row `j` in an answer. */
const CHARACTERS = "j.size + coalesce(length(j.result), 0) + coalesce(length(j.failures), 0) + 300";

/** Ordered by the primary key, which costs nothing. One more row than wanted tells whether there is another page. */
const listing = (from: string, beyond: string, order: string): string =>
  fitting(
    `SELECT j.id, ${CHARACTERS} AS characters, row_number() OVER (ORDER BY ${order}) AS place FROM longshore_jobs AS j ${from} ${STANDS} ${beyond} AND (?3 IS NULL OR ${QUEUE} = ?3) AND (?4 IS NULL OR ${STATE} IN (SELECT value FROM json_each(?4))) AND (?6 IS NULL OR j.name = ?6) ORDER BY ${order} LIMIT CAST(?5 AS INTEGER) + 1`,
  );
const ANY = "WHERE";
const DEAD = "INDEXED BY longshore_dead WHERE j.ended = 'dead' AND";

export async function list<P>(port: Port<P>, at: number | null, request: ListRequest): Promise<JobPage> {
  const { queue, name, limit, cursor, descending = false } = request;
  if (cursor !== undefined && !isStorable(cursor)) {
    throw new LongshoreError("invalid_cursor", "A list's cursor must be the one that the page before came with.");
  }
  const states = statesOf(request);
  const beyond = cursor === undefined ? "" : `AND j.id ${descending ? "<" : ">"} ?2`;
  const sql = listing(states?.join() === "dead" ? DEAD : ANY, beyond, descending ? "j.id DESC" : "j.id");
  const wanted = states === undefined ? null : listed(states);
  const [rows = []] = await port.read([
    { sql, args: [at, cursor ?? null, queue ?? null, wanted, limit, name ?? null] },
  ]);
  const found = rows as readonly (ShownRow & { readonly amount: number })[]; // the columns of SHOWN, and one more
  const jobs = found.slice(0, limit).map(storedJob);
  const last = jobs.at(-1);
  return last !== undefined && (found[0]?.amount ?? 0) > jobs.length ? { jobs, cursor: last.id } : { jobs };
}

const counting = (where: string): string =>
  `SELECT ${QUEUE} AS queue, ${STATE} AS state, count(*) AS n FROM longshore_jobs AS j ${where} GROUP BY 1, 2`;
const COUNT = counting(`WHERE ${STANDS}`);
const COUNT_LIVE = counting("INDEXED BY longshore_waiting WHERE j.ended IS NULL");
const COUNT_DEAD = counting("INDEXED BY longshore_dead WHERE j.ended = 'dead'");

/** Reads every row, unless only jobs that have not ended, or only dead ones, were asked for. */
export async function counts<P>(
  port: Port<P>,
  at: number | null,
  states: readonly JobState[] = ["completed"],
): Promise<QueueCounts[]> {
  const [paused, ...counted] = await port.read([
    { sql: PAUSED_QUEUES, args: [at] },
    ...countedBy(states).map((sql) => ({ sql, args: [at] })),
  ]);
  const queues = new Map<string, { queue: string; paused: boolean; counts: Partial<Record<JobState, number>> }>();
  const entryOf = (queue: string) => {
    const entry = queues.get(queue) ?? { queue, paused: false, counts: {} };
    queues.set(queue, entry);
    return entry;
  };
  for (const { queue } of paused as readonly { queue: string }[]) entryOf(queue).paused = true;
  for (const { queue, state, n } of counted.flat() as { queue: string; state: JobState; n: number }[]) {
    entryOf(queue).counts[state] = n;
  }
  return [...queues.values()];
}

function countedBy(states: readonly JobState[]): readonly string[] {
  if (states.includes("completed") || states.includes("cancelled")) return [COUNT];
  const live = states.some((state) => state !== "dead");
  return [...(live ? [COUNT_LIVE] : []), ...(states.includes("dead") ? [COUNT_DEAD] : [])];
}
