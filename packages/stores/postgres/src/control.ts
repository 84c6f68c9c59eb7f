import type { ControlAnswer, JobRef, JobState } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { patientFrom } from "./expiry.ts";
import { followers, keepOf, keyIn } from "./keys.ts";
import { hasFamily, numberOf } from "./family.ts";
import { reborn } from "./revive.ts";
import { laneOf, limitsIn } from "./lanes.ts";
import { channelOf } from "./notify.ts";
import { type SqlFunction, equals, ordered } from "./plan.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";
import { storable } from "./text.ts";

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

/** The key of the row `j`. */
const UNIQUE_KEY = `case when j.keep < 0 then ${keyIn("j.about")} ->> 'key' end`;

/**
 * What an operator does to jobs, one after the other. A job that is cancelled while it runs stays until its lease would have
 * ended, so that its worker hears of it. Locks come in the order of the ids, and then of the keys. That is impossible where one
 * waits behind a key or has one behind it; relatives, and the rates of jobs that run now, depend on what the turn before
 * has done. Then all that have a negative `keep` get no state (docs/decisions/0118), nor does the second turn of one.
 * Listeners hear of it with `ring`, and if another job may start because of it; never if it is null.
 */
export const operateFunction = (schema: string): SqlFunction => ({
  name: "operate",
  parameters: "at int8, verb text, ids text, ring bool",
  returns: "table (i int4, state text, done bool)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  alone constant bool := json_array_length(ids::json) = 1;
  one record;
  j record;
  was text;
  rest int8;
  follower record;
  lane text;
  number int8;
  fates record;
  unique_key text;
  follows bool;
  named constant text[] := array(select distinct json_array_elements_text(ids::json));
  apart bool := false;
  keys text[];
  held text[];
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
  steps int4[] := '{}';
  followed bool := false;`,
  body: `
  if not alone then
    select array_agg(l.id), array_agg(distinct l.key) filter (where l.key is not null), bool_or(l.related or verb = 'runNow' and l.throttled) into held, keys, apart from (
      select j.id, ${UNIQUE_KEY} as key, ${hasFamily("j")} as related, ${limitsIn("j")} -> 'rate' is not null as throttled from ${schema}.job j
      where j.id = any(named) and not exists (select from ${schema}.key k where ${equals("k.key", UNIQUE_KEY)} and k.next_id = j.id) order by ${ordered("j.id")} for update
    ) l;
    perform ${schema}.lock_keys(keys);
    apart := apart or coalesce(cardinality(held), 0) < (select count(*) from ${schema}.job where id = any(named))
      or verb <> 'replay' and exists (select from ${followers(schema)} where k.key = any(keys) and k.id = any(named));
  end if;
  for one in select (ordinality - 1)::int4 as i, value as id, row_number() over (partition by value order by ordinality) as turn
    from json_array_elements_text(ids::json) with ordinality order by ordinality
  loop
    if one.turn > 1 then
      return query select one.i, null::text, false;
      continue;
    end if;
    select * into j from ${schema}.job where id = one.id and (alone or one.id = any(held) and (keep >= 0 or not apart)) and (expires is null or expires > t) for update;
    if not found then
      return query select one.i, null::text, false from ${schema}.job where apart and id = one.id and keep < 0;
      continue;
    end if;
    was := ${stateOf("j", "t")};
    lane := ${laneOf("j")};
    unique_key := ${UNIQUE_KEY};
    number := ${numberOf("j")};
    fates := null;
    follows := false;
    if verb = 'cancel' and (j.ended is null or j.ended = 'blocked') then
      rest := greatest(t + ${keepOf("j")}, j.until);
      if rest <= t and j.keep >= 0 then delete from ${schema}.job where id = one.id;
      else update ${schema}.job set ended = 'cancelled', expires = rest, until = null, due = t where id = one.id;
      end if;
      if j.keep < 0 then
        -- Whoever follows starts when the worker of this one has surely learned of it.
        follows := ${schema}.leave_key(t, j.id, j.seq, unique_key, greatest(t, j.until), true);
        if number is not null then
          select * into fates from ${schema}.end_family(t, j.id, number, 'cancelled', greatest(t, j.until), false);
        end if;
        delete from ${schema}.job where id = one.id and expires <= t;
      end if;
    elsif verb = 'replay' and was in ('dead', 'cancelled')
      and (case when unique_key is null then true else ${schema}.take_key(t, j.id, j.seq, ${keyIn("j.about")}) end) then
      update ${schema}.job set ${reborn(schema)} where id = one.id;
      if number is not null then perform ${schema}.revive(t, one.id); end if;
    elsif verb = 'runNow' and was in ('delayed', 'failed') then
      update ${schema}.job set due = t, about = ${patientFrom(schema, "about", "t")} where id = one.id;
    elsif verb = 'remove' and was <> 'active' then
      if j.keep < 0 then
        follows := ${schema}.leave_key(t, j.id, j.seq, unique_key, t, false);
      end if;
      delete from ${schema}.job where id = one.id;
      if number is not null then
        if j.ended is null or j.ended = 'blocked' then
          select * into fates from ${schema}.end_family(t, j.id, number, 'removed', t, false);
        end if;
        delete from ${schema}.edge where child = number;
        delete from ${schema}.edge where parent = number and buried;
      end if;
    else
      return query select one.i, was, false;
      continue;
    end if;
    return query select one.i, was, true;
    if verb <> 'runNow' and (verb <> 'remove' or j.ended is null or j.ended = 'blocked') then
      perform ${schema}.add_depth(j.queue, case verb when 'replay' then 1 else -1 end);
    end if;
    if lane is not null then
      delete from ${schema}.parked z where z.key = lane and z.priority = j.priority and z.due = j.due and z.seq = j.seq;
      lane_keys := lane_keys || lane;
      lane_ids := lane_ids || j.id;
      steps := steps || one.i;
    end if;
    if fates is not null then
      followed := followed or fates.freed > 0;
      lane_keys := lane_keys || fates.lane_keys;
      lane_ids := lane_ids || fates.lane_ids;
      steps := steps || array_fill(one.i, array[cardinality(fates.lane_ids)]);
    end if;
    if follows then
      followed := true;
      select n.id, ${laneOf("n")} as lane into follower from ${schema}.key k join ${schema}.job n on ${equals("n.id", "k.id")} where k.key = unique_key;
      if follower.lane is not null then
        lane_keys := lane_keys || follower.lane;
        lane_ids := lane_ids || follower.id;
        steps := steps || one.i;
      end if;
    end if;
  end loop;
  delete from ${schema}.key where key = any(keys) and id is null;
  if lane_keys <> '{}' then
    if ${schema}.let_through(t, lane_keys, lane_ids, steps, false) then followed := true; end if;
  end if;
  if ring is not null and (ring or followed) then perform pg_notify('${channelOf(schema)}', ''); end if;`,
});

type Operated = { readonly i: number; readonly state: JobState | null; readonly done: boolean };

export async function operate(
  query: Query,
  schema: string,
  at: number | null,
  verb: ControlVerb,
  refs: readonly JobRef[],
  ring: boolean,
): Promise<readonly ControlAnswer[]> {
  return inTurns(refs, (some) =>
    query<Operated>(`select * from ${schema}.operate($1::int8, $2::text, $3::text, $4::bool)`, [
      at,
      verb,
      JSON.stringify(some.map(({ id }) => storable(id))),
      ring ? verb === "replay" || verb === "runNow" : null,
    ]),
  );
}

/** In how many parts those are asked for again of which no state was told. */
const PARTS = 10;

/** Asks for all jobs together, and for those of which no state was told in parts, down to each alone. */
export async function inTurns<T>(
  all: readonly T[],
  ask: (some: readonly T[]) => Promise<readonly Operated[]>,
): Promise<readonly ControlAnswer[]> {
  const answers: ControlAnswer[] = all.map(() => ({ status: "gone" }));
  const left: number[] = [];
  for (const { i, state, done } of await ask(all)) {
    if (state === null) left.push(i);
    else answers[i] = done ? { status: "done" } : { status: "refused", state };
  }
  // In the order of the call: the first of a key gets it.
  left.sort((a, b) => a - b);
  for (const size = Math.ceil(left.length / PARTS); left.length > 0;) {
    const part = left.splice(0, size);
    const told = await inTurns(
      part.map((i) => all[i] as T),
      ask,
    ); // places of `all`
    part.forEach((i, k) => (answers[i] = told[k] ?? { status: "gone" }));
  }
  return answers;
}
