
do $migration$
declare
  found_version int4 := 0;
  oldest_code int4 := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('longshore:version_3', 0));
  if to_regclass('"version_3".version') is not null then
    select version, oldest into found_version, oldest_code from "version_3".version;
  end if;
  if oldest_code > 3 then
    raise exception 'The schema version_3 has version %; this code knows 3.', found_version using errcode = 'LS001';
  end if;
  if found_version >= 3 then return; end if;
  if to_regnamespace('"version_3"') is null then create schema "version_3"; end if;
  if found_version = 0 then
    create table "version_3".version (version int4 not null, oldest int4 not null);
    insert into "version_3".version values (0, 0);
  end if;
  if found_version < 1 then 
create sequence "version_3".seq;
create sequence "version_3".token;
create table "version_3".job (
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
create index job_waiting on "version_3".job (queue, priority, due, seq) where ended is null;
create index job_expires on "version_3".job (expires) where expires is not null;
create index job_dead on "version_3".job (due, id) where ended = 'dead';
create table "version_3".paused (queue text collate "C" primary key);
create table "version_3".schedule (
  name text collate "C",
  rule text collate "C",
  cursor int8 not null,
  upcoming int8,
  primary key (name, rule)
);
create sequence "version_3".announcement;
create table "version_3".worker (
  id text collate "C" primary key,
  slots int4 not null,
  busy int4 not null,
  at int8 not null,
  until int8 not null,
  seq int8 not null
);
create table "version_3".counted (process text primary key, at int8 not null, packed text not null);
create view "version_3".jobs as
  select id, name, queue, case when j.ended is not null then j.ended when j.until > t.now then 'active' when j.until is not null then 'stalled' when j.due <= t.now then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end as state, priority, attempt,
    to_timestamp(born / 1000.0) as enqueued_at, to_timestamp(case when j.ended is null then coalesce(j.until, j.due) else j.due end / 1000.0) as due_at,
    payload, result, failures
  from "version_3".job j cross join lateral (select floor(date_part('epoch', clock_timestamp()) * 1000)::int8 as now) t
  where j.expires is null or j.expires > t.now;
 end if;
if found_version < 2 then  end if;
if found_version < 3 then 
create table "version_3".key (
  key text collate "C" primary key,
  id text collate "C",
  seq int8,
  since int8,
  until int8,
  next_id text collate "C",
  next_seq int8,
  next_since int8,
  next_until int8,
  expires int8
);
create index key_expires on "version_3".key (expires) where expires is not null;
 end if;
  
create or replace function "version_3".enqueue_v2(at int8, jobs text, amount int4, bell text) returns table (i int4, state text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  seen text[] := '{}';
  seqs constant int8[] := array(select nextval('"version_3".seq') from generate_series(1, amount));
  made text[];
  duplicates text[];
  rang bool := bell is null;
begin

  return query select -1, null::text, t;
  for round in 1..10 loop
    with inserted as (
      insert into "version_3".job (id, queue, priority, due, seq, born, keep, name, about, payload)
      select n.id, n.q, n.p, coalesce(n.a, t + n.d), seqs[n.i], t, n.k, n.n, n.h, n.b from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n
      where not (n.id = any(seen)) order by n.id collate "C"
      on conflict (id) do nothing returning id
    ) select coalesce(array_agg(id), '{}') into made from inserted;
    if not rang and cardinality(made) > 0 then
      perform pg_notify('version_3', bell);
      rang := true;
    end if;
    seen := seen || made;
    if cardinality(seen) = amount then return; end if;
    -- A row past its time makes room.
    delete from "version_3".job where ctid = any(array(
      select j.ctid from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n join "version_3".job j on j.id = n.id where j.expires <= t order by j.id for update of j
    ));
    if not found then
      select coalesce(array_agg(n.id), '{}') into duplicates
        from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n join "version_3".job j on j.id = n.id where not (n.id = any(seen));
      return query select n.i, case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end, t
        from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n join "version_3".job j on j.id = n.id where n.id = any(duplicates);
      seen := seen || duplicates;
      if cardinality(seen) = amount then return; end if;
      -- What was in the way is gone by now: once more.
    end if;
  end loop;
  raise exception 'the rows of these jobs come and go' using errcode = '40001';
end
$function$;

create or replace function "version_3".lock_keys(keys text[]) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare amount int4;
begin

  for round in 1..10 loop
    insert into "version_3".key (key) select k from unnest(keys) k order by k collate "C" on conflict do nothing;
    perform from "version_3".key k where k.key = any(keys) order by k.key for update;
    get diagnostics amount = row_count;
    if amount = cardinality(keys) then return; end if;
    -- One was removed between the two: its row is made again.
  end loop;
  raise exception 'the rows of these keys come and go' using errcode = '40001';
end
$function$;

create or replace function "version_3".leave_key(t int8, job_id text, job_seq int8, held text, not_before int8, hold bool) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare k record;
begin

  select * into k from "version_3".key where key = held and id = job_id and seq = job_seq;
  if not found then return null; end if;
  if k.next_id is not null then
    update "version_3".job set ended = null, due = greatest(due, not_before),
      about = case when not_before > t then split_part(about, E'\n', 1) || E'\n' || split_part(about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(about, E'\n', 3), '}') || ',"notBefore":' || not_before || '}', split_part(about, E'\n', 3)) || E'\n]' else about end
      where id = k.next_id and seq = k.next_seq and ended = 'blocked';
    if found then
      update "version_3".key set id = next_id, seq = next_seq, since = next_since, until = next_until, next_id = null
        where key = held;
      return true;
    end if;
  end if;
  if hold and k.until > t then
    update "version_3".key set expires = k.until where key = held;
    update "version_3".job set expires = greatest(expires, k.until) where id = job_id and expires is not null;
  else
    delete from "version_3".key where key = held;
  end if;
  return false;
end
$function$;

create or replace function "version_3".take_key(t int8, job_id text, job_seq int8, unique_key json) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare held constant text := unique_key ->> 'key';
begin

  perform "version_3".lock_keys(array[held]);
  perform from "version_3".key k join "version_3".job j on j.id = k.id and j.seq = k.seq where k.key = held and j.id <> job_id and (j.expires is null or j.expires > t) and (j.ended is null or k.until > t);
  if found then return false; end if;
  update "version_3".key set id = job_id, seq = job_seq, since = t, until = t + coalesce((unique_key ->> 'forMs')::int8, 0),
    next_id = null, expires = null where key = held;
  return true;
end
$function$;

create or replace function "version_3".enqueue_keyed(at int8, jobs text, bell text) returns table (i int4, answer text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  keys constant text[] := array(select distinct n.u from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8) where n.u is not null);
  changing constant text[] := array(select distinct n.u from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8) where n.o <> 'keep');
  locked text[];
  one record;
  holder record;
  target record;
  told text;
  nth int8;
  changed bool := false;
begin

  return query select -1, null::text, t;
  for round in 1..10 loop
    begin
      locked := '{}';
      for one in select k.id, k.seq from "version_3".key k where k.key = any(changing) order by k.id loop
        perform from "version_3".job where id = one.id and seq = one.seq for update;
        locked := locked || one.id;
      end loop;
      perform "version_3".lock_keys(keys);
      perform from "version_3".key k join "version_3".job j on j.id = k.id and j.seq = k.seq where k.key = any(changing) and j.id <> all(locked);
      exit when not found;
      -- This gives the locks back.
      raise exception 'a key has another holder' using errcode = 'LS002';
    exception when sqlstate 'LS002' then
      if round = 10 then raise exception 'the holders of these keys come and go' using errcode = '40001'; end if;
    end;
  end loop;
  for one in select * from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8) order by n.i loop
    told := null;
    for round in 1..10 loop
      select json_build_object('status', 'duplicate', 'state', case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end)::text into told
        from "version_3".job j where j.id = one.id and (j.expires is null or j.expires > t);
      exit when found;
      select j.id, j.seq, j.ended, j.about, j.until is not null as runs, case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end as state, k.since,
          split_part(j.about, E'\n', 3)::json ->> 'from' as came,
            (split_part(j.about, E'\n', 3)::json ->> 'notBefore')::int8 as not_before, 'replaced' as status into holder
        from "version_3".key k join "version_3".job j on j.id = k.id and j.seq = k.seq where k.key = one.u and (j.expires is null or j.expires > t) and (j.ended is null or k.until > t);
      if holder.id is not null then
        if holder.ended is not null or one.o = 'keep' or holder.runs and holder.came = one.id then
          told := json_build_object('status', 'duplicate', 'state', holder.state, 'id', holder.id);
          exit;
        end if;
        select j.id, j.seq, j.ended, j.about, false as runs, 'blocked' as state, k.next_since as since,
            split_part(j.about, E'\n', 3)::json ->> 'from' as came,
            (split_part(j.about, E'\n', 3)::json ->> 'notBefore')::int8 as not_before, 'queued_behind' as status into target
          from "version_3".key k join "version_3".job j on j.id = k.next_id and j.seq = k.next_seq and j.ended = 'blocked'
          where k.key = one.u;
        if not found and not holder.runs then target := holder; end if;
        if target.id is not null then
          if target.came <> one.id then
            update "version_3".job j set queue = one.q, name = one.n, priority = one.p, due = greatest(least(coalesce(one.a, t + one.d), target.since + one.m), target.not_before), born = t,
              keep = -1 - one.k, about = split_part(one.h, E'\n', 1) || E'\n' || split_part(j.about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(one.h, E'\n', 3), '}') || ',"notBefore":' || target.not_before || '}', split_part(one.h, E'\n', 3)) || E'\n]', payload = one.b, attempt = 0, given = false,
              why = null, since = null
            where j.id = target.id and j.seq = target.seq and j.ended is not distinct from target.ended;
            -- Somebody cancelled it.
            continue when not found;
            changed := true;
          end if;
          told := json_build_object('status', target.status, 'id', target.id);
          exit;
        end if;
      end if;
      insert into "version_3".job (id, queue, priority, due, seq, born, keep, name, about, payload, ended)
        values (one.id, one.q, one.p, least(coalesce(one.a, t + one.d), t + one.m), nextval('"version_3".seq'), t, case when one.u is null then one.k else -1 - one.k end, one.n,
          one.h, one.b, case when holder.id is not null then 'blocked' end)
        on conflict (id) do nothing returning seq into nth;
      if not found then
        -- A row past its time makes room.
        delete from "version_3".job where id = one.id and expires <= t;
        continue;
      end if;
      changed := true;
      if holder.id is null then
        update "version_3".key set id = one.id, seq = nth, since = t, until = t + coalesce(one.f, 0), next_id = null,
          expires = null where key = one.u;
        told := '{"status":"created"}';
      else
        update "version_3".key set next_id = one.id, next_seq = nth, next_since = t, next_until = t + coalesce(one.f, 0)
          where key = one.u;
        told := json_build_object('status', 'queued_behind', 'id', one.id);
      end if;
      exit;
    end loop;
    if told is null then raise exception 'the rows of these jobs come and go' using errcode = '40001'; end if;
    return query select one.i, told, t;
  end loop;
  -- Keys that nobody got, and of those that nobody holds any more as many as may come.
  delete from "version_3".key where key = any(keys) and id is null;
  delete from "version_3".key where ctid = any(array(
    select k.ctid from "version_3".key k where k.expires <= t order by k.expires limit 2 * cardinality(keys)
      for update skip locked
  ));
  if changed and bell is not null then perform pg_notify('version_3', bell); end if;
end
$function$;

create or replace function "version_3".release_keys(at int8, keys text, ring bool) returns table (i int4, released bool) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  one record;
  holder record;
  followed bool;
  follow bool := false;
begin

  for one in select (ordinality - 1)::int4 as i, value as key from json_array_elements_text(keys::json) with ordinality loop
    followed := null;
    for round in 1..10 loop
      select j.id, j.seq into holder from "version_3".key k join "version_3".job j on j.id = k.id and j.seq = k.seq where k.key = one.key and (j.expires is null or j.expires > t) and (j.ended is null or k.until > t) for update of j;
      if found then
        followed := "version_3".leave_key(t, holder.id, holder.seq, one.key, t, false);
        exit when followed is not null;
      else
        -- Nobody has it, or it went to another job meanwhile.
        perform from "version_3".key k join "version_3".job j on j.id = k.id and j.seq = k.seq where k.key = one.key and (j.expires is null or j.expires > t) and (j.ended is null or k.until > t);
        exit when not found;
      end if;
    end loop;
    follow := follow or coalesce(followed, false);
    return query select one.i, followed is not null;
  end loop;
  if ring and follow then perform pg_notify('version_3', ''); end if;
end
$function$;

create or replace function "version_3".claim_v2(at int8, wanted text, lease int8) returns table (columns text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  places tid[];
  expired bool;
  bytes int8;
begin

  select array_agg(c.ctid), bool_or(c.expired), sum(c.bytes) into places, expired, bytes
  from json_to_recordset(wanted::json) as w(q text, n int4) cross join lateral (
    select f.ctid, f.expired, f.bytes from generate_series(0, 9) as g(p) cross join lateral (
      select j.ctid, j.until is not null as expired, octet_length(j.payload) as bytes from "version_3".job j
      where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and (j.until is null or j.until <= t)
      order by j.due, j.seq limit w.n for update skip locked
    ) f limit w.n
  ) c where not exists (select from "version_3".paused z where z.queue = w.q);
  if places is null then return; end if;
  if expired then
    select array_agg(c.ctid), sum(c.bytes) into places, bytes
    from json_to_recordset(wanted::json) as w(q text, n int4) cross join lateral (
      select f.ctid, f.bytes from generate_series(0, 9) as g(p) cross join lateral (
        with waiting as materialized (
          select j.ctid, j.due, j.seq, octet_length(j.payload) as bytes from "version_3".job j where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until is null
          order by j.due, j.seq limit w.n for update skip locked
        ), last as materialized (
          select due, seq from waiting order by due, seq offset greatest(w.n, 1) - 1 limit 1
        )
        select ctid, due, seq, bytes from waiting union all
        select * from (
          select j.ctid, j.until, j.seq, octet_length(j.payload) as bytes from "version_3".job j
          where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until <= t
            and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
          for update skip locked
        ) e
      ) f order by g.p, f.due, f.seq limit w.n
    ) c where not exists (select from "version_3".paused z where z.queue = w.q);
  end if;
  if bytes > 16000000 then
    select array_agg(c.ctid) into places from (
      select j.ctid, sum(octet_length(j.payload)) over (order by p.i rows unbounded preceding) as bytes, p.i
      from unnest(places) with ordinality as p(ctid, i) join "version_3".job j on j.ctid = p.ctid
    ) c where c.i = 1 or c.bytes <= 16000000;
  end if;
  -- Whoever takes n jobs removes up to 2n that are past their time, so that these never pile up.
  delete from "version_3".job where ctid = any(array(
    select j.ctid from "version_3".job j where j.expires <= t
    order by j.expires limit 2 * cardinality(places) for update skip locked
  ));
  return query with j as (
    update "version_3".job j
    set token = nextval('"version_3".token'), attempt = j.attempt + 1, waited = t - coalesce(j.until, j.due),
      stalled = j.until is not null, claimed = t, until = t + lease
    where j.ctid = any(places)
    returning j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born as age, j.waited,
      j.stalled, j.about, j.payload, j.why, t - j.since as snoozed, j.ctid as place
  )
  select json_build_object('id', array_agg(id), 'queue', array_agg(queue), 'name', array_agg(name), 'about', array_agg(about), 'payload', array_agg(payload), 'place', array_agg(place), 'priority', array_agg(priority), 'seq', array_agg(seq), 'token', array_agg(token), 'attempt', array_agg(attempt), 'keep', array_agg(keep), 'age', array_agg(age), 'waited', array_agg(waited), 'stalled', array_agg(stalled), 'why', array_agg(why), 'snoozed', array_agg(snoozed))::text from j;
end
$function$;

create or replace function "version_3".finish_v2(at int8, places text, tokens text, told bool) returns table (amount int4, finished text, ran text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  p constant tid[] := places::tid[];
  k constant int8[] := tokens::int8[];
begin

  return query with f as (
    delete from "version_3".job j using unnest(p, k) as s(place, token)
    where j.ctid = s.place and j.token = s.token and j.until is not null and j.keep = 0
    returning j.token, t - j.claimed as ran
  )
  select count(*)::int4, case when told or count(*) < cardinality(k) then array_to_json(array_agg(f.token))::text end,
    case when told then array_to_json(array_agg(f.ran))::text end, t from f;
end
$function$;

create or replace function "version_3".settle(at int8, settlements text, ring bool) returns table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  keyed bool;
  one record;
  ended record;
  followed bool := false;
begin

  select bool_or(l.keep < 0) into keyed from (
    select j.keep from json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text) join "version_3".job j on j.id = s.id order by j.id for update of j
  ) l;
  if ring then perform pg_notify('version_3', ''); end if;
  return query with s as materialized (
    select s.*, j.ctid as place, j.token as newest, j.until, j.settled, j.ended, j.keep, j.queue, j.name, j.attempt,
      j.waited, j.claimed
    from json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text) left join "version_3".job j on j.id = s.id and (j.expires is null or j.expires > t)
  ), held as materialized (
    select * from s where s.newest = s.token and s.until is not null
  ), deleted as (
    delete from "version_3".job j using held h where j.ctid = h.place and h.type = 'complete' and h.keep = 0
  ), updated as (
    update "version_3".job j set
      until = null, settled = h.token, given = h.type = 'snooze', attempt = j.attempt - (h.type = 'snooze')::int4,
      due = case when h.type in ('retry', 'snooze') then t + h.delay else t end,
      ended = case h.type when 'complete' then 'completed' when 'dead' then 'dead' end,
      expires = case when h.type = 'complete' then t + greatest(j.keep, -1 - j.keep) end,
      result = h.result,
      why = case when h.type = 'snooze' then coalesce(h.reason, j.why) end,
      since = case when h.type <> 'snooze' then null
        when h.reason is null or h.reason = j.why or starts_with(h.reason, '"no worker has ') and starts_with(j.why, '"no worker has ') then j.since else t end,
      failures = case when h.failure is null then j.failures
        else (case when cardinality(j.failures) >= 10 then j.failures[1:1] || j.failures[3:10] else j.failures end)
          || ('{"attempt":' || j.attempt || ',"at":' || t || ',' || substr(h.failure, 2)) end
    from held h where j.ctid = h.place and not (h.type = 'complete' and h.keep = 0)
  )
  select s.i, case when s.newest is null then 'gone' when s.newest <> s.token then 'stale'
      when s.until is not null then 'accepted' when s.settled = s.token then 'repeated'
      when s.ended = 'cancelled' then 'cancelled' else 'stale' end,
    s.queue, s.name, s.attempt, s.waited, t - s.claimed, t
  from s;
  if not coalesce(keyed, false) then return; end if;
  for one in select s.id, s.token from json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text) loop
    select j.id, j.seq, split_part(j.about, E'\n', 3)::json ->> 'key' as key into ended from "version_3".job j
      where j.id = one.id and j.keep < 0 and j.settled = one.token and j.ended in ('completed', 'dead');
    continue when not found;
    if "version_3".leave_key(t, ended.id, ended.seq, ended.key, t, true) then followed := true; end if;
    delete from "version_3".job where id = one.id and expires <= t;
  end loop;
  if not followed then return; end if;
  return query select -1, null::text, null::text, null::text, null::int4, null::int8, null::int8, t;
  if not ring then perform pg_notify('version_3', ''); end if;
end
$function$;

create or replace function "version_3".settle_in_steps_v2(at int8, steps text, ring bool) returns table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8, place int4, state text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  step json;
  one record;
begin

  for step in select value from json_array_elements(steps::json) loop
    for one in select * from "version_3".settle(t, step ->> 'settlements', ring) loop
      return query select one.i, one.answer, one.queue, one.name, one.attempt, one.waited, one.ran, t, null::int4, null::text;
      if one.answer = 'accepted' and step ->> 'jobs' is not null then
        if step ->> 'amount' is null then
          return query select one.i, 'next', null::text, null::text, null::int4, null::int8, null::int8, t, e.i, e.answer
            from "version_3".enqueue_keyed(t, step ->> 'jobs', case when ring then '' end) e;
        else
          return query select one.i, 'next', null::text, null::text, null::int4, null::int8, null::int8, t, e.i, e.state
            from "version_3".enqueue_v2(t, step ->> 'jobs', (step ->> 'amount')::int4, case when ring then '' end) e;
        end if;
      end if;
    end loop;
  end loop;
end
$function$;

create or replace function "version_3".renew(at int8, leases text, lease int8) returns table (i int4, answer text, place text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  free text[];
begin

  free := array(
    select j.id from json_to_recordset(leases::json) as s(i int4, id text, token int8) join "version_3".job j on j.id = s.id and j.token = s.token
    order by j.id for update of j skip locked
  );
  return query with s as materialized (
    select s.i, j.id, j.ctid as place, j.until, j.ended
    from json_to_recordset(leases::json) as s(i int4, id text, token int8) left join "version_3".job j on j.id = s.id and j.token = s.token and (j.expires is null or j.expires > t)
  ), renewed as (
    update "version_3".job j set until = t + lease
    from (select distinct place from s where s.until is not null and s.id = any(free)) h where j.ctid = h.place returning j.id, j.ctid as moved
  )
  select s.i, case when s.until is not null then 'held' when s.ended = 'cancelled' then 'cancelled' else 'lost' end, r.moved::text
  from s left join renewed r on r.id = s.id;
end
$function$;

create or replace function "version_3".operate(at int8, verb text, ids text, ring bool) returns table (i int4, state text, done bool) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  one record;
  j record;
  was text;
  rest int8;
  followed bool := false;
begin

  for one in select (ordinality - 1)::int4 as i, value as id from json_array_elements_text(ids::json) with ordinality
    order by value collate "C", ordinality
  loop
    select * into j from "version_3".job where id = one.id and (expires is null or expires > t) for update;
    continue when not found;
    was := case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end;
    if verb = 'cancel' and (j.ended is null or j.ended = 'blocked') then
      rest := greatest(t + greatest(j.keep, -1 - j.keep), j.until);
      if rest <= t and j.keep >= 0 then delete from "version_3".job where id = one.id;
      else update "version_3".job set ended = 'cancelled', expires = rest, until = null, due = t where id = one.id;
      end if;
      if j.keep < 0 then
        -- Whoever follows starts when the worker of this one has surely learned of it.
        if "version_3".leave_key(t, j.id, j.seq, split_part(j.about, E'\n', 3)::json ->> 'key', greatest(t, j.until), true) then followed := true; end if;
        delete from "version_3".job where id = one.id and expires <= t;
      end if;
    elsif verb = 'replay' and was in ('dead', 'cancelled')
      and (case when j.keep < 0 then "version_3".take_key(t, j.id, j.seq, split_part(j.about, E'\n', 3)::json) else true end) then
      update "version_3".job set ended = null, expires = null, attempt = 0, born = t, due = t, given = false, why = null,
        since = null where id = one.id;
    elsif verb = 'runNow' and was in ('delayed', 'failed') then
      update "version_3".job set due = t where id = one.id;
    elsif verb = 'remove' and was <> 'active' then
      if j.keep < 0 then
        if "version_3".leave_key(t, j.id, j.seq, split_part(j.about, E'\n', 3)::json ->> 'key', t, false) then followed := true; end if;
      end if;
      delete from "version_3".job where id = one.id;
    else
      return query select one.i, was, false;
      continue;
    end if;
    return query select one.i, was, true;
  end loop;
  if ring is not null and (ring or followed) then perform pg_notify('version_3', ''); end if;
end
$function$;

create or replace function "version_3".change(at int8, changes text, ring bool) returns table (i int4, state text, done bool) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  one record;
  j record;
  was text;
begin

  for one in select (ordinality - 1)::int4 as i, value ->> 'id' as id, value ->> 'n' as n, (value ->> 'p')::int2 as p,
      (value ->> 'd')::int8 as d, (value ->> 'a')::int8 as a, value ->> 'h' as h, value ->> 'b' as b
    from json_array_elements(changes::json) with ordinality order by value ->> 'id' collate "C", ordinality
  loop
    select * into j from "version_3".job where id = one.id and name = one.n and (expires is null or expires > t) for update;
    continue when not found;
    was := case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end;
    if j.until is null and (j.ended is null or j.ended = 'blocked') then
      update "version_3".job set priority = coalesce(one.p, priority), payload = coalesce(one.b, payload),
        due = coalesce(greatest(coalesce(one.a, t + one.d),
          case when coalesce(one.a, one.d) is not null and keep < 0 then (split_part(about, E'\n', 3)::json ->> 'notBefore')::int8 end), due),
        about = case when one.h is null then about
          when keep < 0 then split_part(('[' || one.h || ','), E'\n', 1) || E'\n' || split_part(about, E'\n', 2) || E'\n' || split_part(about, E'\n', 3) || E'\n]'
          else '[' || one.h || coalesce(',' || (about::json -> 1)::text, '') || ']' end
        where id = one.id;
      return query select one.i, was, true;
    else
      return query select one.i, was, false;
    end if;
  end loop;
  if ring then perform pg_notify('version_3', ''); end if;
end
$function$;

create or replace function "version_3".due_in(at int8, queues text, schedules text) returns int8 language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  first int8;
  ends int8;
  fires int8;
begin

  select min(f.due) into first from (select value as queue from json_array_elements_text(queues::json) where not exists (select from "version_3".paused z where z.queue = value)) q cross join generate_series(0, 9) as g(p) cross join lateral (
    select j.due from "version_3".job j where j.queue = q.queue and j.priority = g.p and j.ended is null and j.until is null order by j.due, j.seq limit 1
  ) f;
  if first <= t then return 0; end if;
  select min(f.until) into ends from (select value as queue from json_array_elements_text(queues::json) where not exists (select from "version_3".paused z where z.queue = value)) q cross join generate_series(0, 9) as g(p) cross join lateral (
    select j.until from "version_3".job j where j.queue = q.queue and j.priority = g.p and j.ended is null and j.due <= t and j.until is not null
  ) f;
  select min(s.upcoming) into fires from json_to_recordset(schedules::json) as r(name text, rule text)
    join "version_3".schedule s on s.name = r.name and s.rule = r.rule;
  first := least(first, ends, fires);
  return case when first > t then first - t when first is not null then 0 end;
end
$function$;

create or replace function "version_3".declare_schedules(at int8, schedules text) returns table (i int4, cursor int8, upcoming int8, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
begin

  insert into "version_3".schedule (name, rule, cursor)
    select distinct r.name, r.rule, t from json_to_recordset(schedules::json) as r(name text, rule text) order by 1, 2
    on conflict do nothing;
  return query select null::int4, null::int8, null::int8, t;
  return query select r.i, s.cursor, s.upcoming, t from json_to_recordset(schedules::json) as r(i int4, name text, rule text)
    join "version_3".schedule s on s.name = r.name and s.rule = r.rule;
end
$function$;

create or replace function "version_3".advance_schedules_v2(at int8, steps text, ring bool) returns table (i int4, moved bool, state text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  step record;
begin

  for step in select * from json_to_recordset(steps::json)
    as s(i int4, name text, rule text, cursor int8, upto int8, upcoming int8, jobs text, keyed bool)
  loop
    update "version_3".schedule s set cursor = step.upto, upcoming = step.upcoming
      where s.name = step.name and s.rule = step.rule and s.cursor = step.cursor;
    if not found then
      return query select step.i, false, null::text, t;
    else
      return query select step.i, true, null::text, t;
      if step.keyed then
        return query select step.i, true, e.answer, t from "version_3".enqueue_keyed(t, step.jobs, null) e where e.answer is not null;
      elsif step.jobs is not null then
        return query select step.i, true, e.state, t from "version_3".enqueue_v2(t, step.jobs, 1, null) e where e.state is not null;
      end if;
    end if;
  end loop;
  if ring then perform pg_notify('version_3', ''); end if;
end
$function$;

create or replace function "version_3".oldest(at int8) returns table (queue text, waited int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  line text;
  first int8;
  lapsed int8;
begin

  select j.queue into line from "version_3".job j where j.ended is null order by j.queue limit 1;
  while line is not null loop
    select min(f.due) into first from generate_series(0, 9) as g(p) cross join lateral (
      select j.due from "version_3".job j
      where j.queue = line and j.priority = g.p and j.ended is null and j.until is null order by j.due, j.seq limit 1
    ) f;
    select min(f.until) into lapsed from generate_series(0, 9) as g(p) cross join lateral (
      select j.until from "version_3".job j
      where j.queue = line and j.priority = g.p and j.ended is null and j.due <= least(t, first) and j.until <= t
    ) f;
    first := least(first, lapsed);
    if first <= t then return query select line, t - first; end if;
    select j.queue into line from "version_3".job j where j.ended is null and j.queue > line order by j.queue limit 1;
  end loop;
end
$function$;

  update "version_3".version set version = 3, 
    oldest = greatest(oldest, case found_version when 0 then 2 else 1 end);
end
$migration$;