import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";

/**
 * When the first job of a queue became due that a claim would find; null if there is none. A lease that expired before the
 * first waiting row became due is of a row that was due before it.
 */
export const firstDueFunction = (schema: string): SqlFunction => ({
  name: "first_due",
  inner: true,
  parameters: "t int8, line text",
  returns: "int8",
  declare: `
  first int8;
  lapsed int8;`,
  body: `
  select min(f.due) into first from generate_series(0, 9) as g(p) cross join lateral (
    select j.due from ${schema}.job j
    where j.queue = line and j.priority = g.p and j.ended is null and j.until is null order by j.due, j.seq limit 1
  ) f;
  select min(f.until) into lapsed from generate_series(0, 9) as g(p) cross join lateral (
    select j.until from ${schema}.job j
    where j.queue = line and j.priority = g.p and j.ended is null and j.due < least(t + 1, first) and j.until <= t
  ) f;
  return least(first, lapsed);`,
});

/**
 * For each queue in which a claim would find a job, paused or not: how long ago the first one became due. Goes from
 * queue to queue in the index.
 */
export const oldestFunction = (schema: string): SqlFunction => ({
  name: "oldest",
  parameters: "at int8",
  returns: "table (queue text, waited int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  line text;
  first int8;`,
  body: `
  select j.queue into line from ${schema}.job j where j.ended is null order by j.queue limit 1;
  while line is not null loop
    first := ${schema}.first_due(t, line);
    if first <= t then return query select line, t - first; end if;
    select j.queue into line from ${schema}.job j where j.ended is null and j.queue > line order by j.queue limit 1;
  end loop;`,
});
