import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { aboutOf } from "./about.ts";
import { addDepths, isCounted } from "./depths.ts";
import { patientFrom } from "./expiry.ts";
import { numberOf } from "./family.ts";
import { HOLDS, followers, holders, keyIn, keyLine, startingAt } from "./keys.ts";
import { LEFT, laneOf } from "./lanes.ts";
import { areOnlyLimited, enqueueLimited } from "./enqueue-limited.ts";
import { KEYED_JOBS, type KeyedRow, decodeKeyedAnswers, encodeKeyedJobs } from "./keyed-jobs.ts";
import { channelOf } from "./notify.ts";
import { type SqlFunction, areNull, equals } from "./plan.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";

/** Another job got the key meanwhile. */
const MOVED = "LS002";
const DUE = (since: string): string => `least(coalesce(one.a, t + one.d), ${since} + one.m)`;
const STANDS = "(j.expires is null or j.expires > t)";

/**
 * Enqueues jobs of which SQL must know more than of others, one after the other. Returns an answer for each, after a first
 * row with the time. First it locks the jobs that hold the keys, if they may be replaced or followed, and then the keys: from
 * then on nobody else decides about them. Where a job must not change, it is not locked, so that claims find it. `lanes`:
 * whether lanes are changed `now`, or later because the transaction is the user's (`open`), or by the caller (`told`), who
 * gets their keys and the ids of the jobs in rows of their own.
 */
export const enqueueKeyedFunction = (schema: string): SqlFunction => ({
  name: "enqueue_keyed_v4",
  parameters: "at int8, jobs text, bell text, lanes text",
  returns: "table (i int4, answer text, now int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  keys constant text[] := array(select distinct n.u from ${KEYED_JOBS} where n.u is not null);
  changing constant text[] := array(select distinct n.u from ${KEYED_JOBS} where n.o <> 'keep');
  parents constant text[] := array(select distinct json_array_elements_text(n.x) from ${KEYED_JOBS} where n.x is not null);
  made int4[] := '{}';
  depths jsonb := '{}';
  added text[] := '{}';
  standing jsonb := '{}';
  locked text[];
  busy text;
  one record;
  holder record;
  target record;
  told text;
  nth int8;
  due_at int8;
  changed bool := false;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';`,
  body: `
  return query select -1, null::text, t;
  for round in 1..10 loop
    if busy is not null then
      begin
        -- Waits for it with no other lock in hand.
        perform from ${schema}.job where id = busy for update;
        raise exception 'it is free' using errcode = '${MOVED}';
      exception when sqlstate '${MOVED}' then
        busy := null;
      end;
    end if;
    begin
      locked := '{}';
      for one in select k.id, k.seq from ${schema}.key k where k.key = any(changing) union all select p, null from unnest(parents) p order by 1 loop
        perform from ${schema}.job where id = one.id and seq = coalesce(one.seq, seq) for update;
        -- One that got another number meanwhile is not locked.
        if found and one.seq is not null then locked := locked || one.id; end if;
      end loop;
      perform ${schema}.lock_keys(keys);
      -- Whoever ends a holder locks those behind it after its key, an operator before: so nobody waits for them here.
      for one in select j.id, j.seq from ${followers(schema)} where k.key = any(changing) loop
        perform from ${schema}.job where id = one.id and seq = one.seq for update skip locked;
        if not found then busy := one.id; end if;
      end loop;
      perform from ${holders(schema)} where k.key = any(changing) and j.id <> all(locked);
      exit when not found and busy is null;
      -- This gives the locks back.
      raise exception 'a key has another holder' using errcode = '${MOVED}';
    exception when sqlstate '${MOVED}' then
      if round = 10 then raise exception 'the holders of these keys come and go' using errcode = '40001'; end if;
    end;
  end loop;
  if exists (select from ${KEYED_JOBS} where n.w is not null) then
    if lanes = 'now' then perform ${schema}.lock_depths(array(select distinct n.q from ${KEYED_JOBS} where n.w is not null)); end if;
    select jsonb_object_agg(c.q, ${schema}.depth_in(t, c.q, c.w, lanes = 'now')) into depths
      from (select n.q, min(n.w) as w from ${KEYED_JOBS} where n.w is not null group by n.q) c;
  end if;
  if parents <> '{}' then
    select n.id, p.id as parent into target from ${KEYED_JOBS} cross join lateral json_array_elements_text(n.x) p(id)
      where n.x is not null and not exists (select from ${schema}.job j where ${equals("j.id", "n.id")} and ${STANDS})
        and not exists (select from ${schema}.job j where ${equals("j.id", "p.id")} and ${STANDS}) and not exists (select from ${KEYED_JOBS} where n.id = p.id)
      order by n.i limit 1;
    if found then
      return query select n.i, json_build_object('unknown', json_build_array(target.id, target.parent))::text, t from ${KEYED_JOBS};
      return;
    end if;
  end if;
  if parents <> '{}' and depths <> '{}' then
    select f.i into target from (
      select n.i, n.q, n.w, count(*) over (partition by n.q order by n.i) - 1 as before from ${KEYED_JOBS}
      where not exists (select from ${schema}.job j where ${equals("j.id", "n.id")} and ${STANDS}) and not exists (select from ${KEYED_JOBS.replace("as n(", "as m(")} where m.id = n.id and m.i < n.i)
    ) f where (depths ->> f.q)::int8 + f.before >= f.w order by f.i limit 1;
    if found then
      return query select n.i, json_build_object('full', target.i)::text, t from ${KEYED_JOBS};
      return;
    end if;
  end if;
  for one in select * from ${KEYED_JOBS} order by n.i loop
    told := null;
    for round in 1..10 loop
      select json_build_object('status', 'duplicate', 'state', ${stateOf("j", "t")})::text into told
        from ${schema}.job j where j.id = one.id and ${STANDS};
      exit when found;
      select j.id, j.seq, j.queue, j.ended, nullif(j.ended, 'blocked') as terminal, j.about, j.until is not null as runs, ${stateOf("j", "t")} as state,
          j.priority, j.due, ${laneOf("j")} as lane, k.since, ${numberOf("j")} as number,
          ${keyIn("j.about")} ->> 'from' as came,
            (${keyIn("j.about")} ->> 'notBefore')::int8 as not_before, 'replaced' as status into holder
        from ${holders(schema)} where k.key = one.u and ${HOLDS};
      if holder.id is not null then
        if holder.terminal is not null or one.o = 'keep' or holder.runs and holder.came = one.id then
          told := json_build_object('status', 'duplicate', 'state', holder.state, 'id', holder.id);
          exit;
        end if;
        select j.id, j.seq, j.queue, j.ended, null::text as terminal, j.about, false as runs, 'blocked' as state, j.priority, j.due, null::text as lane, k.next_since as since, ${numberOf("j")} as number,
            ${keyIn("j.about")} ->> 'from' as came,
            (${keyIn("j.about")} ->> 'notBefore')::int8 as not_before, 'queued_behind' as status into target
          from ${followers(schema)} where k.key = one.u;
        if not found and not holder.runs then target := holder; end if;
        if target.id is not null then
          if target.came <> one.id then
            delete from ${schema}.parked z where z.key = target.lane and z.priority = target.priority and z.due = target.due and z.seq = target.seq;
            update ${schema}.job j set ended = case when target.status = 'queued_behind' then 'blocked' end, queue = one.q, name = one.n, priority = one.p, due = greatest(${DUE("target.since")}, target.not_before), born = t,
              keep = -1 - one.k, about = ${patientFrom(schema, aboutOf("one.h", "j.about", startingAt(keyLine("one.h"), "target.not_before"), "one.h"), `greatest(${DUE("target.since")}, target.not_before, t)`)}, payload = one.b, attempt = 0, given = false,
              why = null, since = null
            where j.id = target.id and j.seq = target.seq and j.ended is not distinct from target.ended returning j.due into due_at;
            -- Somebody cancelled it.
            continue when not found;
            if target.number is not null then perform ${schema}.member(target.id, target.number, null); end if;
            changed := true;
            if target.queue <> one.q then
              perform ${schema}.add_depth(target.queue, -1), ${schema}.add_depth(one.q, 1);
              select coalesce(jsonb_object_agg(d.key, d.value::int8 - (d.key = target.queue)::int4 + (d.key = one.q)::int4), '{}') into depths
                from jsonb_each_text(depths) d;
            end if;
            if target.lane is not null then
              lane_keys := lane_keys || target.lane;
              lane_ids := lane_ids || ('${LEFT}' || target.id);
            end if;
            if one.l is not null and target.status = 'replaced' then
              if due_at <= t then
                update ${schema}.job set ended = 'blocked' where id = target.id;
                insert into ${schema}.parked values (one.l, one.p, due_at, target.seq, target.id, one.r);
              end if;
              lane_keys := lane_keys || one.l;
              lane_ids := lane_ids || target.id;
            end if;
          end if;
          told := json_build_object('status', target.status, 'id', target.id);
          exit;
        end if;
      end if;
      if (depths ->> one.q)::int8 >= one.w then
        told := json_build_object('full', one.i);
        exit;
      end if;
      insert into ${schema}.job (id, queue, priority, due, seq, born, keep, name, about, payload, ended)
        values (one.id, one.q, one.p, ${DUE("t")}, nextval('${schema}.seq'), t, case when one.u is null and one.s is null then one.k else -1 - one.k end, one.n,
          ${patientFrom(schema, "one.h", `greatest(${DUE("t")}, t)`)}, one.b, case when one.x is not null or holder.id is not null or one.l is not null and ${DUE("t")} <= t then 'blocked' end)
        on conflict (id) do nothing returning seq, due into nth, due_at;
      if not found then
        -- A row past its time makes room.
        delete from ${schema}.job where id = one.id and expires <= t;
        continue;
      end if;
      changed := true;
      added := added || one.q;
      if depths ? one.q then depths := depths || jsonb_build_object(one.q, (depths ->> one.q)::int8 + 1); end if;
      if holder.id is null then
        if one.x is null and one.l is not null and due_at <= t then
          insert into ${schema}.parked values (one.l, one.p, due_at, nth, one.id, one.r);
          lane_keys := lane_keys || one.l;
          lane_ids := lane_ids || one.id;
        end if;
        update ${schema}.key set id = one.id, seq = nth, since = t, until = coalesce(t + one.f, 0), next_id = null,
          expires = null where key = one.u;
        told := '{"status":"created"}';
      else
        update ${schema}.key set next_id = one.id, next_seq = nth, next_since = t, next_until = coalesce(t + one.f, 0)
          where key = one.u;
        told := json_build_object('status', 'queued_behind', 'id', one.id);
      end if;
      exit;
    end loop;
    if told is null then raise exception 'the rows of these jobs come and go' using errcode = '40001'; end if;
    if parents <> '{}' then
      if told = '{"status":"created"}' then made := made || one.i; else standing := standing || jsonb_build_object(one.id, told::json ->> 'id'); end if;
    end if;
    return query select one.i, told, t;
  end loop;
  if parents <> '{}' then
    for one in select n.* from ${KEYED_JOBS} where n.x is not null and n.i = any(made) order by n.i loop
      perform ${schema}.link(one.id, array(
        select u.id from (
          select case when exists (select from ${schema}.job j where ${equals("j.id", "p.id")} and ${STANDS}) then p.id else standing ->> p.id end as id, p.o
          from json_array_elements_text(one.x) with ordinality as p(id, o)
        ) u where u.id is not null group by u.id order by min(u.o)
      ), one.z);
    end loop;
    for one in select n.* from ${KEYED_JOBS} where n.x is not null and n.i = any(made) order by n.i loop
      perform ${schema}.begin_child(t, one.id);
    end loop;
    for one in select n.id, n.l from ${KEYED_JOBS} join ${schema}.job j on ${equals("j.id", "n.id")} where n.x is not null and n.l is not null and n.i = any(made) and ${areNull("j.ended")} order by n.i loop
      lane_keys := lane_keys || one.l;
      lane_ids := lane_ids || one.id;
    end loop;
  end if;
  if ${isCounted(schema)} then ${addDepths(schema, "(select q as queue, count(*) as jobs from unnest(added) q group by q)")}; end if;
  -- Keys that nobody got, and of those that nobody holds any more as many as may come.
  delete from ${schema}.key where key = any(keys) and id is null;
  delete from ${schema}.key where ctid = any(array(
    select k.ctid from ${schema}.key k where k.expires <= t order by k.expires limit 2 * cardinality(keys)
      for update skip locked
  ));
  if changed and bell is not null then perform pg_notify('${channelOf(schema)}', bell); end if;
  if lanes = 'told' then
    return query select -2, json_build_array(e.key, e.id)::text, t from unnest(lane_keys, lane_ids) as e(key, id);
  elsif lane_keys <> '{}' then
    perform ${schema}.let_through(t, lane_keys, lane_ids, array_fill(0, array[cardinality(lane_keys)]), lanes = 'open');
  end if;`,
});

/** What code of version 3 calls. */
export const enqueueKeyedThenFunction = (schema: string): SqlFunction => ({
  name: "enqueue_keyed",
  parameters: "at int8, jobs text, bell text",
  returns: "table (i int4, answer text, now int8)",
  body: `return query select * from ${schema}.enqueue_keyed_v4(at, jobs, bell, 'now');`,
});

/** What became of jobs of which some are more than plain ones, whose names were checked, and when. */
export async function enqueueKeyed(
  query: Query,
  schema: string,
  at: number | null,
  jobs: readonly NewJob[],
  bell: string | null,
  isOpen: boolean = false,
): Promise<{ readonly answers: readonly EnqueueAnswer[]; readonly now: number }> {
  if (areOnlyLimited(jobs)) return enqueueLimited(query, schema, at, jobs, bell, isOpen);
  const rows = await query<KeyedRow>(
    `select i, answer as state, now from ${schema}.enqueue_keyed_v4($1::int8, $2::text, $3::text, $4::text)`,
    [at, encodeKeyedJobs(jobs), bell, isOpen ? "open" : "now"],
  );
  return decodeKeyedAnswers(rows, jobs);
}
