import type { QueueDepth } from "@longshore/core/adapter";
import type { Int8, Query } from "./client.ts";
import { lockFunction } from "./keys.ts";
import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";
import { isStorable } from "./text.ts";

/*
 * A queue that had a job with a `maxDepth` has a row with the number of its jobs that have not ended. Whatever changes
 * that number adds a row to it, so that nobody waits: only who enqueues jobs with a `maxDepth` locks the row of the
 * queue, after jobs and unique keys and before lanes, and adds up. In an open transaction of the user's nobody locks
 * it. Whoever deletes jobs in the table is found out when the queue would be full: then its jobs are counted, at most
 * once a minute.
 */
const COUNTED_FOR_MS = 60_000;

/** What version 6 adds for the depths of queues. `at`: when the jobs were counted. */
export function depthTables(schema: string): string {
  return `
create table ${schema}.depth (key text collate "C" primary key, jobs int8, at int8 not null default 0)
  with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create table ${schema}.depth_change (key text collate "C", n int8, jobs int8 not null, primary key (key, n))
  with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
`;
}

export const lockDepthsFunction = (schema: string): SqlFunction => lockFunction("lock_depths", "depth", schema);

/** Queues of `from` have `jobs` more that have not ended, or fewer. */
export function addDepths(schema: string, from: string): string {
  return `insert into ${schema}.depth_change (key, n, jobs) select c.queue, nextval('${schema}.seq'), c.jobs from ${from} c
    where exists (select from ${schema}.depth d where d.key = c.queue)`;
}
/** Whether any queue is counted. */
export function isCounted(schema: string): string {
  return `exists (select from ${schema}.depth)`;
}

/** One queue has more jobs that have not ended, or fewer. */
export const addDepthFunction = (schema: string): SqlFunction => ({
  name: "add_depth",
  inner: true,
  parameters: "queue_name text, more int8",
  returns: "void",
  body: `${addDepths(schema, "(select queue_name as queue, more as jobs)")};`,
});

const COUNT = (schema: string, queue: string): string =>
  `(select count(*) from ${schema}.job j where j.queue = ${queue} and (j.ended is null or j.ended = 'blocked'))`;

/** How many jobs of a queue have not ended. `locked`: its row is, and is brought up to date. `least`: the depth at which it would be full. */
export const depthInFunction = (schema: string): SqlFunction => ({
  name: "depth_in",
  inner: true,
  parameters: "t int8, queue_name text, least_full int8, locked bool",
  returns: "int8",
  declare: `
  d record;
  depth int8;`,
  body: `
  select z.jobs + coalesce((select sum(c.jobs) from ${schema}.depth_change c where c.key = queue_name), 0)::int8 as jobs, z.at into d
    from ${schema}.depth z where z.key = queue_name;
  if not locked then
    if d.jobs is not null then return d.jobs; end if;
    return ${COUNT(schema, "queue_name")};
  end if;
  if d.jobs is null or d.jobs >= least_full and d.at not between t - ${COUNTED_FOR_MS} and t then
    -- In one statement, which sees the jobs and what was noted of them at one moment.
    with gone as (delete from ${schema}.depth_change where key = queue_name)
      update ${schema}.depth set jobs = ${COUNT(schema, "queue_name")}, at = case when d.jobs is null then 0 else t end
      where key = queue_name returning jobs into depth;
  else
    with gone as (delete from ${schema}.depth_change where key = queue_name returning jobs)
      update ${schema}.depth set jobs = jobs + (select coalesce(sum(gone.jobs), 0) from gone) where key = queue_name returning jobs into depth;
  end if;
  return depth;`,
});

/** Adds up what was noted of queues that nobody has locked. */
export const sumDepthsFunction = (schema: string): SqlFunction => ({
  name: "sum_depths",
  parameters: "at int8",
  returns: "void",
  declare: "one record;",
  body: `
  for one in select z.key from ${schema}.depth z where exists (select from ${schema}.depth_change c where c.key = z.key) for update skip locked loop
    perform ${schema}.depth_in(at, one.key, null, true);
  end loop;`,
});

/** How many jobs of a queue have not ended, and how long the first of those has waited that are due. */
export const depthFunction = (schema: string): SqlFunction => ({
  name: "depth_of",
  parameters: "at int8, queue_name text",
  returns: "table (jobs int8, waited int8)",
  declare: `t constant int8 := coalesce(at, ${SERVER_NOW});`,
  body: `return query select ${schema}.depth_in(t, queue_name, null, false), greatest(t - ${schema}.first_due(t, queue_name), 0);`,
});

type Told = { readonly jobs: Int8; readonly waited: Int8 | null };

export async function depth(query: Query, schema: string, at: number | null, queue: string): Promise<QueueDepth> {
  if (!isStorable(queue)) return { jobs: 0, waitedMs: 0 };
  const [row] = await query<Told>(`select * from ${schema}.depth_of($1::int8, $2::text)`, [at, queue]);
  return { jobs: Number(row?.jobs), waitedMs: Number(row?.waited ?? 0) };
}
