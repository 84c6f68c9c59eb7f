import type { WakeRequest } from "@longshore/core/adapter";
import type { Int8, Query } from "./client.ts";
import { type SqlFunction, equals } from "./plan.ts";
import { isPaused } from "./pauses.ts";
import { isFull } from "./queue-limits.ts";
import { SERVER_NOW } from "./tables.ts";
import { isStorable } from "./text.ts";

const LINES = (schema: string): string =>
  `(select value as queue from json_array_elements_text(queues::json) where not exists (select from ${schema}.paused z where z.queue = value)) q left join ${schema}.paused_for pause on pause.queue = q.queue cross join generate_series(0, 9) as g(p)`;
const LINE = "j.queue = q.queue and j.priority = g.p and j.ended is null";

/**
 * How long until a claim or a tick would find something. The first waiting row of each line is behind those that run.
 * In a queue that is paused for a while, not before the end of that. A queue that is full has room again when a lease
 * ends. Only if none of them is due, so that all rows before now are leased, the leases are read.
 */
export const dueFunction = (schema: string): SqlFunction => ({
  name: "due_in",
  parameters: "at int8, queues text, schedules text",
  returns: "int8",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  first int8;
  ends int8;
  fires int8;`,
  body: `
  if exists (select from ${schema}.lane_change)
    and exists (select from json_array_elements_text(queues::json) where not ${isPaused(schema, "value", "t")}) then return 0; end if;
  select min(greatest(f.due, pause.until)) into first from ${LINES(schema)} cross join lateral (
    select j.due from ${schema}.job j where ${LINE} and j.until is null order by j.due, j.seq limit 1
  ) f where not ${isFull(schema, "q.queue", "t")};
  if first <= t then return 0; end if;
  select min(greatest(f.until, pause.until)) into ends from ${LINES(schema)} cross join lateral (
    select j.until from ${schema}.job j where ${LINE} and j.due <= t and j.until is not null
  ) f where f.until > t or not ${isFull(schema, "q.queue", "t")};
  select min(s.upcoming) into fires from json_to_recordset(schedules::json) as r(name text, rule text)
    join ${schema}.schedule s on ${equals("s.name", "r.name")} and ${equals("s.rule", "r.rule")};
  first := least(first, ends, fires);
  return case when first > t then first - t when first is not null then 0 end;`,
});

export async function dueInMs(
  query: Query,
  schema: string,
  at: number | null,
  { queues, schedules }: WakeRequest,
): Promise<number | undefined> {
  const known = schedules.filter(({ name, rule }) => isStorable(name + rule));
  const [row] = await query<{ ms: Int8 | null }>(`select ${schema}.due_in($1::int8, $2::text, $3::text) as ms`, [
    at,
    JSON.stringify(queues.filter(isStorable)),
    JSON.stringify(known.map(({ name, rule }) => ({ name, rule }))),
  ]);
  return row === undefined || row.ms === null ? undefined : Number(row.ms);
}
