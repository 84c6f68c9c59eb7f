import type { Change, ControlAnswer } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { aboutOf } from "./about.ts";
import { inTurns } from "./control.ts";
import { patientFrom } from "./expiry.ts";
import { keyIn, keyLine } from "./keys.ts";
import { laneOf, parkedAt } from "./lanes.ts";
import { channelOf } from "./notify.ts";
import { type SqlFunction, ordered } from "./plan.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";
import { checkStorable, encodeText, storable } from "./text.ts";

/**
 * Changes jobs that have not begun, one after the other. Of several jobs, those that others wait for or follow get no state, as
 * in `operateFunction`. A change is an element of a JSON list; of `about` it has the first part, the headers.
 */
export const updateFunction = (schema: string): SqlFunction => ({
  name: "change",
  parameters: "at int8, changes text, ring bool",
  returns: "table (i int4, state text, done bool)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  one record;
  j record;
  was text;
  named constant text[] := array(select distinct value ->> 'id' from json_array_elements(changes::json));
  held text[];
  lanes text[];
  apart bool;`,
  body: `
  select array_agg(l.id), array_agg(distinct ${laneOf("l")}) filter (where ${laneOf("l")} is not null) into held, lanes from (
    select j.id, j.keep, j.about from ${schema}.job j where j.id = any(named) and (cardinality(named) = 1 or j.keep >= 0) order by ${ordered("j.id")} for update
  ) l;
  if lanes is not null then perform ${schema}.lock_lanes(lanes); end if;
  for one in select (ordinality - 1)::int4 as i, value ->> 'id' as id, value ->> 'n' as n, (value ->> 'p')::int2 as p,
      (value ->> 'd')::int8 as d, (value ->> 'a')::int8 as a, value ->> 'h' as h, value ->> 'b' as b
    from json_array_elements(changes::json) with ordinality order by ordinality
  loop
    select * into j from ${schema}.job where id = one.id and name = one.n and (expires is null or expires > t);
    continue when not found;
    if one.id = any(held) is not true then
      return query select one.i, null::text, false;
      continue;
    end if;
    was := ${stateOf("j", "t")};
    if j.until is null and (j.ended is null or j.ended = 'blocked') then
      update ${schema}.job set priority = coalesce(one.p, priority), payload = coalesce(one.b, payload),
        due = coalesce(greatest(coalesce(one.a, t + one.d),
          case when coalesce(one.a, one.d) is not null and keep < 0 then (${keyIn("about")} ->> 'notBefore')::int8 end), due),
        about = case when one.h is null then about
          when keep < 0 then ${aboutOf("('[' || one.h || ',')", "about", keyLine("about"), "about")}
          else '[' || one.h || coalesce(',' || (about::json -> 1)::text, '') || ']' end
        where id = one.id;
      if j.keep < 0 and coalesce(one.a, one.d) is not null then
        update ${schema}.job set about = ${patientFrom(schema, "about", "greatest(due, t)")} where id = one.id;
      end if;
      return query select one.i, was, true;
      if lanes is not null and ${laneOf("j")} is not null then
        delete from ${parkedAt(schema, "j")};
        apart := j.ended = 'blocked' and not found;
        continue when apart;
        update ${schema}.job set ended = null where id = one.id and ended is not null;
        perform ${schema}.let_through(t, array[${laneOf("j")}], array[one.id], array[0], false);
      end if;
    else
      return query select one.i, was, false;
    end if;
  end loop;
  if ring then perform pg_notify('${channelOf(schema)}', ''); end if;`,
});

export async function update(
  query: Query,
  schema: string,
  at: number | null,
  changes: readonly Change[],
  ring: boolean,
): Promise<readonly ControlAnswer[]> {
  return inTurns(changes, (some) =>
    query(`select * from ${schema}.change($1::int8, $2::text, $3::bool)`, [
      at,
      JSON.stringify(some.map(encodeChange)),
      ring && some.some(({ due }) => due !== undefined),
    ]),
  );
}

function encodeChange({ id, name, data, priority, due }: Change): object {
  checkStorable(name, "name of a job");
  const instant = due && ("at" in due ? { a: Math.ceil(due.at) } : { d: Math.ceil(due.inMs) });
  const text = data && { h: JSON.stringify(data.headers), b: encodeText(data.payload) };
  return { id: storable(id), n: name, p: priority, ...instant, ...text };
}
