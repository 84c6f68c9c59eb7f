import type { Lease, RenewAnswer } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import type { Places } from "./places.ts";
import { type SqlFunction, equals, ordered } from "./plan.ts";
import { isFull } from "./queue-limits.ts";
import { SERVER_NOW } from "./tables.ts";
import { storable } from "./text.ts";

const LEASES = "json_to_recordset(leases::json) as s(i int4, id text, token int8)";

/**
 * Extends leases. Locks the rows in the order of their ids first, like every statement about several rows. A row that
 * somebody has locked is held as far as one can see, and not waited for: a handler may have completed its job in a
 * transaction that is still open. A lease that has ended is lost if its queue has a limit and is full by now.
 */
export const renewFunction = (schema: string): SqlFunction => ({
  name: "renew",
  parameters: "at int8, leases text, lease int8",
  returns: "table (i int4, answer text, place text)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  free text[];
  late text[];
  one record;
  refused text[] := '{}';
  renewed text[] := '{}';`,
  body: `
  select array_agg(l.id), array_agg(l.queue) filter (where l.until <= t) into free, late from (
    select j.id, j.queue, j.until from ${LEASES} join ${schema}.job j on ${equals("j.id", "s.id")} and j.token = s.token
    order by ${ordered("j.id")} for update of j skip locked
  ) l;
  if late is not null then
    perform from ${schema}.queue_limit z where z.queue = any(late) order by ${ordered("z.queue")} for update;
    if found then
      -- One after the other, because each takes a place.
      for one in select s.id, j.queue from ${LEASES} join ${schema}.job j on ${equals("j.id", "s.id")} and j.token = s.token
        where j.until <= t and s.id = any(free) order by s.i
      loop
        continue when one.id = any(refused || renewed);
        if ${isFull(schema, "one.queue", "t")} then refused := refused || one.id;
        else
          update ${schema}.job set until = t + lease where id = one.id;
          renewed := renewed || one.id;
        end if;
      end loop;
    end if;
  end if;
  return query with s as materialized (
    select s.i, j.id, j.ctid as place, j.until, j.ended
    from ${LEASES} left join ${schema}.job j on ${equals("j.id", "s.id")} and j.token = s.token and (j.expires is null or j.expires > t)
  ), moved as (
    update ${schema}.job j set until = t + lease
    from (select distinct place from s where s.until is not null and s.id = any(free) and s.id <> all(refused)) h where j.ctid = h.place returning j.id, j.ctid as moved
  )
  select s.i, case when s.until is not null and s.id <> all(refused) then 'held' when s.ended = 'cancelled' then 'cancelled' else 'lost' end, r.moved::text
  from s left join moved r on r.id = s.id;`,
});

type Renewed = { readonly i: number; readonly answer: RenewAnswer; readonly place: string | null };

export async function renew(
  query: Query,
  schema: string,
  at: number | null,
  leases: readonly Lease[],
  leaseMs: number,
  places: Places,
): Promise<readonly RenewAnswer[]> {
  const wanted = JSON.stringify(leases.map(({ id, token }, i) => ({ i, id: storable(id), token })));
  const rows = await query<Renewed>(`select * from ${schema}.renew($1::int8, $2::text, $3::int8)`, [
    at,
    wanted,
    Math.ceil(leaseMs),
  ]);
  const answers: RenewAnswer[] = [];
  for (const { i, answer, place } of rows) {
    answers[i] = answer;
    if (place !== null) places.move((leases[i] as Lease).token, place); // `i` is its index
  }
  return answers;
}
