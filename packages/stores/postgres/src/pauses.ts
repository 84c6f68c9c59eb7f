import type { Query } from "./client.ts";
import { channelOf } from "./notify.ts";
import { SERVER_NOW } from "./tables.ts";

/*
 * A pause without an end is a row of `paused`, and one that ends by itself is a row of `paused_for`: a column more would wait
 * for whoever reads that table, with all claims behind it.
 */

/** What version 5 adds for pauses that end by themselves. */
export function pauseTable(schema: string): string {
  return `
create table ${schema}.paused_for (queue text collate "C" primary key, until int8 not null);
`;
}

/** Whether a queue is paused at a time; both are expressions. */
export function isPaused(schema: string, queue: string, t: string): string {
  return `(exists (select from ${schema}.paused z where z.queue = ${queue}) or exists (select from ${schema}.paused_for z where z.queue = ${queue} and z.until > ${t}))`;
}

export async function pause(query: Query, schema: string, queue: string): Promise<void> {
  await query(`insert into ${schema}.paused values ($1::text) on conflict do nothing`, [queue]);
}

/** A longer one goes on. Those that are over go. */
export async function pauseFor(
  query: Query,
  schema: string,
  at: number | null,
  queue: string,
  forMs: number,
): Promise<void> {
  await query(
    `with t as materialized (select coalesce($1::int8, ${SERVER_NOW}) as now),
    over as (delete from ${schema}.paused_for where until <= (select now from t) and queue <> $2::text)
    insert into ${schema}.paused_for as z select $2::text, now + $3::int8 from t
      on conflict (queue) do update set until = greatest(z.until, excluded.until)`,
    [at, queue, Math.ceil(forMs)],
  );
}

export async function resume(query: Query, schema: string, queue: string, ring: boolean): Promise<void> {
  await query(
    `with gone as (delete from ${schema}.paused where queue = $1::text),
    ended as (delete from ${schema}.paused_for where queue = $1::text)
    select case when $2::bool then pg_notify('${channelOf(schema)}', '') end as rang`,
    [queue, ring],
  );
}
