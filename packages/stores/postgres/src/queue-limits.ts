import { type SqlFunction, equals } from "./plan.ts";

/*
 * A queue that has a limit has a row with the claims of its jobs, in their order: the name, the token, and the number that
 * the job says of its queue. An entry counts as far as its job is leased under that token, so that whatever ends a job
 * need not look here.
 */

/** What version 4 adds for the limits of queues. */
export function queueLimitTable(schema: string): string {
  return `
create table ${schema}.queue_limit (
  queue text collate "C" primary key,
  ids text[] not null default '{}',
  tokens int8[] not null default '{}',
  numbers int4[] not null default '{}'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
`;
}

/** The entries of a queue that count, in their order; the queue is an expression. */
export function entriesOf(schema: string, queue: string): string {
  return `${schema}.queue_limit z cross join lateral unnest(z.ids, z.tokens, z.numbers) with ordinality as e(id, token, number, o)
    join ${schema}.job j on ${equals("j.id", "e.id")} and j.token = e.token and j.until is not null where z.queue = ${queue}`;
}

/** Makes the row of a queue that has got its first job with a number. Whatever runs already counts, too. */
export const noteLimitFunction = (schema: string): SqlFunction => ({
  name: "note_limit",
  inner: true,
  parameters: "t int8, queue_name text",
  returns: "void",
  body: `
  insert into ${schema}.queue_limit (queue, ids, tokens, numbers)
    select queue_name, coalesce(array_agg(r.id), '{}'), coalesce(array_agg(r.token), '{}'), coalesce(array_agg(null::int4), '{}')
    from generate_series(0, 9) as g(p) cross join lateral (
      select j.id, j.token from ${schema}.job j
      where j.queue = queue_name and j.priority = g.p and j.ended is null and j.due <= t and j.until is not null
    ) r
    on conflict do nothing;`,
});

/** How many jobs of a queue may start; null: any number. */
export const roomFunction = (schema: string): SqlFunction => ({
  name: "room_in",
  inner: true,
  parameters: "t int8, queue_name text",
  returns: "int8",
  declare: "room int8;",
  body: `
  select (array_agg(e.number order by e.o desc) filter (where e.number is not null))[1] - count(*) filter (where j.until > t)
    into room from ${entriesOf(schema, "queue_name")};
  return room;`,
});

/** Whether a queue, an expression, has a limit and is full. */
export function isFull(schema: string, queue: string, t: string): string {
  return `(case when exists (select from ${schema}.queue_limit z where z.queue = ${queue}) then coalesce(${schema}.room_in(${t}, ${queue}) <= 0, false) else false end)`;
}
