import type { ControlAnswer, JobRef, JobState } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { keepOf, keyIn } from "./keys.ts";
import { laneOf } from "./lanes.ts";
import { channelOf } from "./notify.ts";
import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";
import { storable } from "./text.ts";

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

/**
 * What an operator does to jobs, one after the other, in the order of their ids. A job that is cancelled while it runs
 * stays until its lease would have ended, so that its worker hears of it. Listeners hear of it with `ring`, and if
 * another job may start because of it; never if it is null.
 */
export const operateFunction = (schema: string): SqlFunction => ({
  name: "operate",
  parameters: "at int8, verb text, ids text, ring bool",
  returns: "table (i int4, state text, done bool)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  one record;
  j record;
  was text;
  rest int8;
  follower record;
  lane text;
  unique_key text;
  done bool;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
  steps int4[] := '{}';
  followed bool := false;`,
  body: `
  for one in select (ordinality - 1)::int4 as i, value as id from json_array_elements_text(ids::json) with ordinality
    order by value collate "C", ordinality
  loop
    select * into j from ${schema}.job where id = one.id and (expires is null or expires > t) for update;
    continue when not found;
    was := ${stateOf("j", "t")};
    lane := ${laneOf("j")};
    unique_key := case when j.keep < 0 then ${keyIn("j.about")} ->> 'key' end;
    done := false;
    if verb = 'cancel' and (j.ended is null or j.ended = 'blocked') then
      rest := greatest(t + ${keepOf("j")}, j.until);
      if rest <= t and j.keep >= 0 then delete from ${schema}.job where id = one.id;
      else update ${schema}.job set ended = 'cancelled', expires = rest, until = null, due = t where id = one.id;
      end if;
      if j.keep < 0 then
        -- Whoever follows starts when the worker of this one has surely learned of it.
        done := ${schema}.leave_key(t, j.id, j.seq, unique_key, greatest(t, j.until), true);
        delete from ${schema}.job where id = one.id and expires <= t;
      end if;
    elsif verb = 'replay' and was in ('dead', 'cancelled')
      and (case when unique_key is null then true else ${schema}.take_key(t, j.id, j.seq, ${keyIn("j.about")}) end) then
      update ${schema}.job set ended = null, expires = null, attempt = 0, born = t, due = t, given = false, why = null,
        since = null where id = one.id;
    elsif verb = 'runNow' and was in ('delayed', 'failed') then
      update ${schema}.job set due = t where id = one.id;
    elsif verb = 'remove' and was <> 'active' then
      if j.keep < 0 then
        done := ${schema}.leave_key(t, j.id, j.seq, unique_key, t, false);
      end if;
      delete from ${schema}.job where id = one.id;
    else
      return query select one.i, was, false;
      continue;
    end if;
    return query select one.i, was, true;
    if lane is not null then
      delete from ${schema}.parked z where z.key = lane and z.priority = j.priority and z.due = j.due and z.seq = j.seq;
      lane_keys := lane_keys || lane;
      lane_ids := lane_ids || j.id;
      steps := steps || one.i;
    end if;
    if done then
      followed := true;
      select n.id, ${laneOf("n")} as lane into follower from ${schema}.key k join ${schema}.job n on n.id = k.id where k.key = unique_key;
      if follower.lane is not null then
        lane_keys := lane_keys || follower.lane;
        lane_ids := lane_ids || follower.id;
        steps := steps || one.i;
      end if;
    end if;
  end loop;
  if lane_keys <> '{}' then
    if ${schema}.let_through(t, lane_keys, lane_ids, steps, false) then followed := true; end if;
  end if;
  if ring is not null and (ring or followed) then perform pg_notify('${channelOf(schema)}', ''); end if;`,
});

type Operated = { readonly i: number; readonly state: JobState; readonly done: boolean };

export async function operate(
  query: Query,
  schema: string,
  at: number | null,
  verb: ControlVerb,
  refs: readonly JobRef[],
  ring: boolean,
): Promise<readonly ControlAnswer[]> {
  // A job that is named twice may be let through by its first turn, which the function does at its end.
  const before = new Set<string>();
  const isAgain = refs.map(({ id }) => before.has(id) || !before.add(id));
  if (isAgain.includes(true)) {
    const [firsts, others] = [false, true].map((again) => refs.filter((_, i) => isAgain[i] === again));
    const answersOf = (some: readonly JobRef[] = []) => operate(query, schema, at, verb, some, ring);
    const answers = [(await answersOf(firsts)).values(), (await answersOf(others)).values()];
    return isAgain.map((again) => answers[Number(again)]?.next().value ?? { status: "gone" });
  }
  const ids = JSON.stringify(refs.map(({ id }) => storable(id)));
  const rows = await query<Operated>(`select * from ${schema}.operate($1::int8, $2::text, $3::text, $4::bool)`, [
    at,
    verb,
    ids,
    ring ? verb === "replay" || verb === "runNow" : null,
  ]);
  const answers: ControlAnswer[] = refs.map(() => ({ status: "gone" }));
  for (const { i, state, done } of rows) answers[i] = done ? { status: "done" } : { status: "refused", state };
  return answers;
}

export async function pause(query: Query, schema: string, queue: string): Promise<void> {
  await query(`insert into ${schema}.paused values ($1::text) on conflict do nothing`, [queue]);
}

export async function resume(query: Query, schema: string, queue: string, ring: boolean): Promise<void> {
  await query(
    `with gone as (delete from ${schema}.paused where queue = $1::text) select case when $2::bool then pg_notify('${channelOf(schema)}', '') end as rang`,
    [queue, ring],
  );
}
