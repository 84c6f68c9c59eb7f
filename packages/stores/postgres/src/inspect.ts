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
import type { Int8, Query } from "./client.ts";
import { type ShownRow, shown, storedJob } from "./row.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";
import { isStorable, storable } from "./text.ts";

/** A page ends before the job that would make it longer than this, in bytes of payloads and results. */
const MOST_BYTES = 16_000_000;

const NOW = `(select coalesce($1::int8, ${SERVER_NOW}) as now) t`;
const STANDS = "(j.expires is null or j.expires > t.now)";

/** Which rows are in a state, so that the planner sees which index has them. */
const IN_STATE: { readonly [S in JobState]: string } = {
  delayed: "j.ended is null and j.until is null and j.due > t.now and (j.attempt = 0 or j.given)",
  failed: "j.ended is null and j.until is null and j.due > t.now and j.attempt > 0 and not j.given",
  enqueued: "j.ended is null and j.until is null and j.due <= t.now",
  blocked: "j.ended = 'blocked'",
  active: "j.ended is null and j.until > t.now",
  stalled: "j.ended is null and j.until <= t.now",
  completed: "j.ended = 'completed'",
  cancelled: "j.ended = 'cancelled'",
  dead: "j.ended = 'dead'",
};

export async function get(
  query: Query,
  schema: string,
  at: number | null,
  refs: readonly JobRef[],
): Promise<readonly (StoredJob | undefined)[]> {
  if (refs.length === 0) return [];
  const rows = await query<ShownRow>(
    `select ${shown(schema, "t.now")} from ${NOW}, ${schema}.job j where j.id = any(array(select json_array_elements_text($2::text::json))) and ${STANDS}`,
    [at, JSON.stringify(refs.map(({ id }) => storable(id)))],
  );
  const byId = new Map(rows.map((row) => [row.id, storedJob(row)]));
  return refs.map(({ id }) => byId.get(id));
}

/** By id; the cursor is the last id shown. Fails with `invalid_cursor`. */
export async function list(query: Query, schema: string, at: number | null, request: ListRequest): Promise<JobPage> {
  const { queue, name, limit, cursor, descending = false } = request;
  if (cursor !== undefined && !isStorable(cursor)) {
    throw new LongshoreError("invalid_cursor", "The cursor of list must be that of the page before.");
  }
  if (![queue, name].every((text) => text === undefined || isStorable(text))) return { jobs: [] };
  const states = statesOf(request);
  const inStates = states === undefined ? "" : ` and (${anyOf(states)})`;
  const order = descending ? "id desc" : "id";
  // Not by one condition for both: a plan for any cursor would read all rows before it.
  const beyond = cursor === undefined ? "$2::text is null" : `j.id ${descending ? "<" : ">"} $2::text`;
  // One row more tells whether there is another page.
  const rows = await query<ShownRow & { total: Int8 }>(
    `select * from (
      select p.*, count(*) over () as total, sum(p.bytes) over (order by p.${order} rows between unbounded preceding and 1 preceding) as before
      from (
        select ${shown(schema, "t.now")}, octet_length(j.payload) + coalesce(octet_length(j.result), 0) as bytes
        from ${NOW}, ${schema}.job j
        where ${beyond} and ($3::text is null or j.queue = $3::text) and ($5::text is null or j.name = $5::text) and ${STANDS}${inStates}
        order by j.${order} limit $4::int4
      ) p
    ) p where before is null or before <= ${MOST_BYTES} order by ${order}`,
    [at, cursor ?? null, queue ?? null, limit + 1, name ?? null],
  );
  const jobs = rows.slice(0, limit).map(storedJob);
  const last = jobs.at(-1);
  return last === undefined || Number(rows[0]?.total) === jobs.length ? { jobs } : { jobs, cursor: last.id };
}

type Counted = { readonly queue: string; readonly state: JobState | null; readonly amount: Int8 };

/** Reads all rows of these states. Paused queues are listed even if they are empty. */
export async function counts(
  query: Query,
  schema: string,
  at: number | null,
  states: readonly JobState[] = ALL,
): Promise<readonly QueueCounts[]> {
  const rows = await query<Counted>(
    `select j.queue, ${stateOf("j", "t.now")} as state, count(*) as amount from ${NOW}, ${schema}.job j where ${STANDS} and (${anyOf(states)}) group by 1, 2
    union all select queue, null, 0 from ${schema}.paused union all select z.queue, null, 0 from ${NOW}, ${schema}.paused_for z where z.until > t.now`,
    [at],
  );
  const queues = new Map<string, { paused: boolean; counts: Partial<Record<JobState, number>> }>();
  for (const { queue, state, amount } of rows) {
    const known = queues.get(queue) ?? { paused: false, counts: {} };
    queues.set(queue, known);
    if (state === null) known.paused = true;
    else known.counts[state] = Number(amount);
  }
  return [...queues].map(([queue, found]) => ({ queue, ...found }));
}

function anyOf(states: readonly JobState[]): string {
  return states.length === 0 ? "false" : [...new Set(states)].map((state) => `(${IN_STATE[state]})`).join(" or ");
}

const ALL = Object.keys(IN_STATE) as readonly JobState[]; // its type says so
