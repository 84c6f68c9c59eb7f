/** The tables of version 1. `schema` is quoted. */
export function tables(schema: string): string {
  return `
create sequence ${schema}.seq;
create sequence ${schema}.token;
create table ${schema}.job (
  id text collate "C" primary key,
  queue text collate "C" not null,
  due int8 not null,
  seq int8 not null,
  expires int8,
  born int8 not null,
  keep int8 not null,
  token int8 not null default 0,
  settled int8 not null default 0,
  until int8,
  claimed int8,
  waited int8,
  since int8,
  attempt int4 not null default 0,
  priority int2 not null,
  stalled bool not null default false,
  given bool not null default false,
  ended text collate "C",
  name text not null,
  about text not null,
  payload text not null,
  result text,
  why text,
  failures text[]
) with (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02,
  autovacuum_vacuum_cost_delay = 0
);
create index job_waiting on ${schema}.job (queue, priority, due, seq) where ended is null;
create index job_expires on ${schema}.job (expires) where expires is not null;
create index job_dead on ${schema}.job (due, id) where ended = 'dead';
create table ${schema}.paused (queue text collate "C" primary key);
create table ${schema}.schedule (
  name text collate "C",
  rule text collate "C",
  cursor int8 not null,
  upcoming int8,
  primary key (name, rule)
);
create sequence ${schema}.announcement;
create table ${schema}.worker (
  id text collate "C" primary key,
  slots int4 not null,
  busy int4 not null,
  at int8 not null,
  until int8 not null,
  seq int8 not null
);
create table ${schema}.counted (process text primary key, at int8 not null, packed text not null);
create view ${schema}.jobs as
  select id, name, queue, ${stateOf("j", "t.now")} as state, priority, attempt,
    to_timestamp(born / 1000.0) as enqueued_at, to_timestamp(${DUE_AT} / 1000.0) as due_at,
    payload, result, failures
  from ${schema}.job j cross join lateral (select ${SERVER_NOW} as now) t
  where j.expires is null or j.expires > t.now;
`;
}

/**
 * What version 8 adds to a new schema: a claimed row is 24 bytes longer, so that half a page had no room for the last of ten, and
 * these wrote to all indexes. A table that is in use keeps its half: to alter it waits for whoever has locked it.
 */
export function roomyPages(schema: string): string {
  return `if found_version = 0 then alter table ${schema}.job set (fillfactor = 46); end if;`;
}

/** The server's clock, in ms since the epoch. */
export const SERVER_NOW = "floor(date_part('epoch', clock_timestamp()) * 1000)::int8";

/** When a claim may take a job; while leased, the lease's end; once ended, when it ended. `j` is its row. */
export const DUE_AT = "case when j.ended is null then coalesce(j.until, j.due) else j.due end";

/** The state of the row `j`, as `stateOf` of the core computes it. `now` is an expression. */
export function stateOf(j: string, now: string): string {
  return `case when ${j}.ended is not null then ${j}.ended when ${j}.until > ${now} then 'active' when ${j}.until is not null then 'stalled' when ${j}.due <= ${now} then 'enqueued' when ${j}.attempt > 0 and not ${j}.given then 'failed' else 'delayed' end`;
}

/** The failures of the row `j` with one more, an expression: the first and the last nine. */
export function withFailure(j: string, failure: string): string {
  return `(case when cardinality(${j}.failures) >= 10 then ${j}.failures[1:1] || ${j}.failures[3:10] else ${j}.failures end) || (${failure})`;
}
