import type { KeyRef } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { HOLDS, holders } from "./keys.ts";
import { laneOf } from "./lanes.ts";
import { channelOf } from "./notify.ts";
import { type SqlFunction, equals } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";
import { encodeText } from "./text.ts";

/** Frees keys, one after the other. With `ring`, listeners hear of it if somebody follows. */
export const releaseFunction = (schema: string): SqlFunction => ({
  name: "release_keys",
  parameters: "at int8, keys text, ring bool",
  returns: "table (i int4, released bool)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  one record;
  holder record;
  followed bool;
  follow bool := false;
  follower record;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';`,
  body: `
  for one in select (ordinality - 1)::int4 as i, value as key from json_array_elements_text(keys::json) with ordinality loop
    followed := null;
    for round in 1..10 loop
      select j.id, j.seq into holder from ${holders(schema)} where k.key = one.key and ${HOLDS} for update of j;
      if found then
        followed := ${schema}.leave_key(t, holder.id, holder.seq, one.key, t, false);
        exit when followed is not null;
      else
        -- Nobody has it, or it went to another job meanwhile.
        perform from ${holders(schema)} where k.key = one.key and ${HOLDS};
        exit when not found;
      end if;
    end loop;
    if followed then
      follow := true;
      select j.id, ${laneOf("j")} as lane into follower from ${schema}.key k join ${schema}.job j on ${equals("j.id", "k.id")} where k.key = one.key;
      if follower.lane is not null then
        lane_keys := lane_keys || follower.lane;
        lane_ids := lane_ids || follower.id;
      end if;
    end if;
    return query select one.i, followed is not null;
  end loop;
  if lane_keys <> '{}' then
    perform ${schema}.let_through(t, lane_keys, lane_ids, array(select generate_series(1, cardinality(lane_keys))), false);
  end if;
  if ring and follow then perform pg_notify('${channelOf(schema)}', ''); end if;`,
});

type Released = { readonly released: boolean };

export async function release(
  query: Query,
  schema: string,
  at: number | null,
  refs: readonly KeyRef[],
  ring: boolean,
): Promise<readonly ("released" | "free")[]> {
  const answers: ("released" | "free")[] = [];
  // One by one: two who lock several keys and their jobs could wait for each other.
  for (const { key } of refs) {
    const [row] = await query<Released>(`select * from ${schema}.release_keys($1::int8, $2::text, $3::bool)`, [
      at,
      JSON.stringify([encodeText(key)]),
      ring,
    ]);
    answers.push(row?.released === true ? "released" : "free");
  }
  return answers;
}
