
do $migration$
declare
  found_version int4 := 0;
  oldest_code int4 := 0;
  app text;
begin
  perform pg_advisory_xact_lock(hashtextextended('longshore:version_9', 0));
  if to_regclass('"version_9".version') is not null then
    select version, oldest into found_version, oldest_code from "version_9".version;
  end if;
  if oldest_code > 9 then
    raise exception 'The schema version_9 has version %; this code knows 9.', found_version using errcode = 'LS001';
  end if;
  if found_version >= 9 then return; end if;
  if to_regnamespace('"version_9"') is null then create schema "version_9"; end if;
  if found_version = 0 then
    create table "version_9".version (version int4 not null, oldest int4 not null);
    insert into "version_9".version values (0, 0);
  end if;
  if found_version < 1 then 
create sequence "version_9".seq;
create sequence "version_9".token;
create table "version_9".job (
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
create index job_waiting on "version_9".job (queue, priority, due, seq) where ended is null;
create index job_expires on "version_9".job (expires) where expires is not null;
create index job_dead on "version_9".job (due, id) where ended = 'dead';
create table "version_9".paused (queue text collate "C" primary key);
create table "version_9".schedule (
  name text collate "C",
  rule text collate "C",
  cursor int8 not null,
  upcoming int8,
  primary key (name, rule)
);
create sequence "version_9".announcement;
create table "version_9".worker (
  id text collate "C" primary key,
  slots int4 not null,
  busy int4 not null,
  at int8 not null,
  until int8 not null,
  seq int8 not null
);
create table "version_9".counted (process text primary key, at int8 not null, packed text not null);
create view "version_9".jobs as
  select id, name, queue, case when j.ended is not null then j.ended when j.until > t.now then 'active' when j.until is not null then 'stalled' when j.due <= t.now then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end as state, priority, attempt,
    to_timestamp(born / 1000.0) as enqueued_at, to_timestamp(case when j.ended is null then coalesce(j.until, j.due) else j.due end / 1000.0) as due_at,
    payload, result, failures
  from "version_9".job j cross join lateral (select floor(date_part('epoch', clock_timestamp()) * 1000)::int8 as now) t
  where j.expires is null or j.expires > t.now;
 end if;
if found_version < 2 then  end if;
if found_version < 3 then 
create table "version_9".key (
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
create index key_expires on "version_9".key (expires) where expires is not null;
 end if;
if found_version < 4 then 
create table "version_9".lane (
  key text collate "C" primary key,
  ready_id text collate "C",
  ready_seq int8,
  ids text[] not null default '{}',
  seqs int8[] not null default '{}'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create table "version_9".parked (
  key text collate "C",
  priority int2,
  due int8,
  seq int8,
  id text collate "C" not null,
  running int4,
  primary key (key, priority, due, seq)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create table "version_9".lane_change (
  n int8 primary key,
  key text collate "C" not null,
  id text collate "C" not null
);

create table "version_9".queue_limit (
  queue text collate "C" primary key,
  ids text[] not null default '{}',
  tokens int8[] not null default '{}',
  numbers int4[] not null default '{}'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
 end if;
if found_version < 5 then 
create table "version_9".paused_for (queue text collate "C" primary key, until int8 not null);

create table "version_9".edge (
  child int8,
  parent int8,
  child_id text collate "C" not null,
  parent_id text collate "C" not null,
  dies bool not null,
  how text,
  buried bool not null default false,
  primary key (child, parent)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index edge_open on "version_9".edge (child) where how is null;
create index edge_parent on "version_9".edge (parent) where not buried;
create index edge_buried on "version_9".edge (parent) where buried;
 end if;
if found_version < 6 then 
create table "version_9".rate (key text collate "C" primary key, tat float8 not null)
  with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index rate_over on "version_9".rate (tat);

create table "version_9".depth (key text collate "C" primary key, jobs int8, at int8 not null default 0)
  with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create table "version_9".depth_change (key text collate "C", n int8, jobs int8 not null, primary key (key, n))
  with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

for app in select distinct case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
  from pg_class c cross join lateral aclexplode(c.relacl) a
  where c.oid = '"version_9".job'::regclass and a.privilege_type = 'DELETE' and a.grantee <> c.relowner
loop
  execute 'grant select, insert, update, delete on "version_9".rate, "version_9".depth, "version_9".depth_change to ' || app;
end loop; end if;
if found_version < 7 then  end if;
if found_version < 8 then if found_version = 0 then alter table "version_9".job set (fillfactor = 46); end if; end if;
if found_version < 9 then  end if;
  
create or replace function "version_9".add_depth(queue_name text, more int8) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin
insert into "version_9".depth_change (key, n, jobs) select c.queue, nextval('"version_9".seq'), c.jobs from (select queue_name as queue, more as jobs) c
    where exists (select from "version_9".depth d where d.key = c.queue);
end
$function$;

create or replace function "version_9".patient(about text, instant int8) returns text language plpgsql
 as $function$
#variable_conflict use_column
declare 
  lines text[] := string_to_array(about, E'\n');
  ms constant numeric := substr(lines[5], 2)::json ->> 'startWithinMs';
begin

  lines[5] := ',' || json_build_object('startWithinMs', ms, 'beginBy', instant + floor(ms));
  return array_to_string(lines, E'\n');
end
$function$;

create or replace function "version_9".member(job_id text, known int8, tells json) returns int8 language plpgsql
 as $function$
#variable_conflict use_column
declare 
  j record;
  n int8;
  lines text[];
begin

  select keep, about into j from "version_9".job where id = job_id;
  n := coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8, known, nextval('"version_9".seq'));
  if j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') and tells is null then return n; end if;
  if j.keep < 0 then
    lines := string_to_array(j.about, E'\n');
    lines := lines[:cardinality(lines) - 1];
  else
    lines := array['[' || (j.about::json -> 0) || ',', coalesce((j.about::json -> 1)::text, 'null') || ',', 'null'];
  end if;
  lines := lines[:5] || array_fill(',null'::text, array[greatest(5 - cardinality(lines), 0)]);
  lines := lines || (',{"n":' || n || coalesce(',"of":' || tells, '') || '}') || ']'::text;
  update "version_9".job set about = array_to_string(lines, E'\n'), keep = least(keep, -1 - keep) where id = job_id;
  return n;
end
$function$;

create or replace function "version_9".link(child_name text, parents text[], dies_with bool) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
  n int8;
  numbers int8[];
begin

  numbers := array(select "version_9".member(u.p, null, null) from unnest(parents) with ordinality as u(p, o) order by u.o);
  n := "version_9".member(child_name, null, json_build_object('dies', dies_with, 'ids', parents, 'parents', numbers));
  insert into "version_9".edge (child, parent, child_id, parent_id, dies, how)
    select n, u.m, child_name, u.p, dies_with, nullif(j.ended, 'blocked') from unnest(parents, numbers) as u(p, m) join "version_9".job j on j.id = u.p;
  update "version_9".job set expires = expires + 1152921504606846976 where id = any(parents) and expires < 1152921504606846976;
end
$function$;

create or replace function "version_9".leave_parents(child_number int8, open bool) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
  ids text[];
  numbers int8[];
begin

  with gone as (delete from "version_9".edge where child = child_number and not buried returning parent, parent_id)
    select array_agg(parent_id), array_agg(parent) into ids, numbers from gone;
  for i in 1..coalesce(cardinality(ids), 0) loop
    perform "version_9".let_go(ids[i], numbers[i], open);
  end loop;
end
$function$;

create or replace function "version_9".let_go(job_id text, number int8, open bool) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin

  if not open then
    perform from "version_9".job where id = job_id for update skip locked;
    if found then
      update "version_9".job j set expires = expires - case when exists (select from "version_9".edge z where z.parent = number and not z.buried) then 0 else 1152921504606846976 end
        where id = job_id and expires >= 1152921504606846976 and (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 = number and (current_setting('transaction_isolation') <> 'read committed' or not exists (select from "version_9".edge z where z.parent = number and not z.buried));
      return;
    end if;
  end if;
  insert into "version_9".lane_change select nextval('"version_9".seq'), '$parent:' || number, job_id
    where exists (select from "version_9".job where id = job_id);
end
$function$;

create or replace function "version_9".bury(t int8, job_id text, number int8, parent_number int8, parent_name text, ended_so text, open bool) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare line text;
begin

  update "version_9".job j set ended = 'dead', due = t, failures = (case when cardinality(j.failures) >= 10 then j.failures[1:1] || j.failures[3:10] else j.failures end) || ('{"attempt":' || j.attempt || ',"at":' || t || ',"message":' || to_json('The job ' || parent_name || case ended_so when 'dead' then ', which this one comes after, is dead.' when 'cancelled' then ', which this one comes after, was cancelled.' when 'removed' then ', which this one comes after, was removed.' end) || '}')
    where id = job_id returning j.queue into line;
  perform "version_9".add_depth(line, -1);
  update "version_9".edge set buried = true, how = ended_so where child = number and parent = parent_number;
  perform "version_9".leave_parents(number, open), "version_9".let_go(parent_name, parent_number, open);
end
$function$;

create or replace function "version_9".tell_child(t int8, number int8, child_name text, parent_number int8, ended_so text, not_before int8, open bool) returns text language plpgsql
 as $function$
#variable_conflict use_column
declare e record;
begin

  if open then
    insert into "version_9".lane_change values (nextval('"version_9".seq'), '$child:' || ended_so || ':' || parent_number || ':' || not_before, child_name);
    return null;
  end if;
  perform from "version_9".job where id = child_name for update skip locked;
  if not found then
    if exists (select from "version_9".job where id = child_name) then
      return "version_9".tell_child(t, number, child_name, parent_number, ended_so, not_before, true);
    end if;
    -- Somebody has deleted it in the table.
    delete from "version_9".edge where child = number;
    return null;
  end if;
  update "version_9".edge set how = ended_so where child = number and parent = parent_number and how is null and not buried
    returning dies, parent_id into e;
  if not found then return null; end if;
  if e.dies and ended_so <> 'completed' then
    perform from "version_9".job j where id = child_name and ended = 'blocked' and (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 = number;
    if not found then return null; end if;
    perform "version_9".bury(t, child_name, number, parent_number, e.parent_id, ended_so, open);
    return 'buried';
  end if;
  if exists (select from "version_9".edge z where z.child = number and z.how is null) then
    if current_setting('transaction_isolation') <> 'read committed' then update "version_9".job set due = due where id = child_name; end if;
    return null;
  end if;
  update "version_9".job j set ended = null, due = greatest(due, t, not_before), about = case when starts_with(split_part(about, E'\n', 5), ',{') then "version_9".patient(about, greatest(due, t, not_before)) else about end
    where id = child_name and ended = 'blocked' and (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 = number;
  return case when found then 'freed' end;
end
$function$;

create or replace function "version_9".end_family(t int8, job_id text, number int8, ended_so text, not_before int8, open bool) returns table (freed int4, buried int4, lane_keys text[], lane_ids text[]) language plpgsql
 as $function$
#variable_conflict use_column
declare 
  numbers int8[] := array[number];
  e record;
  fate text;
  lane text;
  place int4 := 1;
begin

  freed := 0;
  buried := 0;
  lane_keys := '{}';
  lane_ids := '{}';
  perform "version_9".leave_parents(number, open);
  while place <= cardinality(numbers) loop
    for e in select child, child_id from "version_9".edge z where z.parent = numbers[place] and z.how is null and not z.buried order by child loop
      fate := "version_9".tell_child(t, e.child, e.child_id, numbers[place], case place when 1 then ended_so else 'dead' end, case place when 1 then not_before else t end, open);
      if fate = 'buried' then
        buried := buried + 1;
        numbers := numbers || e.child;
      elsif fate = 'freed' then
        freed := freed + 1;
        select (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') into lane from "version_9".job j where id = e.child_id;
        if lane is not null then
          lane_keys := lane_keys || lane;
          lane_ids := lane_ids || e.child_id;
        end if;
      end if;
    end loop;
    place := place + 1;
  end loop;
  update "version_9".job set expires = expires + 1152921504606846976 where id = job_id and expires < 1152921504606846976 and exists (select from "version_9".edge z where z.parent = number and not z.buried);
  return next;
end
$function$;

create or replace function "version_9".make_good(t int8, note text, child_name text) returns table (lane_keys text[], lane_ids text[]) language plpgsql
 as $function$
#variable_conflict use_column
declare 
  number int8;
  fate text;
  parent_number constant int8 := split_part(note, ':', 3);
begin

  select z.child into number from "version_9".edge z where z.parent = parent_number and z.child_id = child_name and z.how is null and not z.buried;
  if not found then return; end if;
  fate := "version_9".tell_child(t, number, child_name, parent_number, split_part(note, ':', 2), split_part(note, ':', 4)::int8, false);
  if fate = 'buried' then
    return query select f.lane_keys, f.lane_ids from "version_9".end_family(t, child_name, number, 'dead', t, false) f;
  elsif fate = 'freed' then
    return query select array[(case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key')], array[j.id] from "version_9".job j where j.id = child_name and (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') is not null;
  end if;
end
$function$;

create or replace function "version_9".begin_child(t int8, child_name text) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
  c record;
  failed record;
begin

  select j.keep, j.about, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 as number into c from "version_9".job j where id = child_name and ended = 'blocked';
  if not found then return; end if;
  select p.id, p.ended, a.n::int8 as number into failed from rows from (json_array_elements_text(case when c.keep < 0 and starts_with(split_part(c.about, E'\n', 6), ',{') then substr(split_part(c.about, E'\n', 6), 2)::json end -> 'of' -> 'ids'), json_array_elements_text(case when c.keep < 0 and starts_with(split_part(c.about, E'\n', 6), ',{') then substr(split_part(c.about, E'\n', 6), 2)::json end -> 'of' -> 'parents')) with ordinality as a(id, n, o)
    join "version_9".job p on p.id = a.id and (p.expires is null or p.expires > t) and (case when p.keep < 0 and starts_with(split_part(p.about, E'\n', 6), ',{') then substr(split_part(p.about, E'\n', 6), 2)::json end ->> 'n')::int8 = a.n::int8
    where (case when c.keep < 0 and starts_with(split_part(c.about, E'\n', 6), ',{') then substr(split_part(c.about, E'\n', 6), 2)::json end -> 'of' ->> 'dies')::bool and p.ended in ('dead', 'cancelled') order by a.o limit 1;
  if found then
    perform "version_9".bury(t, child_name, c.number, failed.number, failed.id, failed.ended, false);
    perform "version_9".end_family(t, child_name, c.number, 'dead', t, false);
  elsif not exists (select from "version_9".edge z where z.child = c.number and z.how is null) then
    update "version_9".job set ended = null where id = child_name;
  end if;
end
$function$;

create or replace function "version_9".revive(t int8, job_id text) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
  line text;
  ids text[] := array[job_id];
  place int4 := 1;
  c record;
  d record;
  e record;
  failed record;
begin

  while place <= cardinality(ids) loop
    select j.id, j.keep, j.about, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 as number into c from "version_9".job j where id = ids[place];
    delete from "version_9".edge where child = c.number;
    insert into "version_9".edge (child, parent, child_id, parent_id, dies, how)
      select c.number, a.n::int8, c.id, p.id, (case when c.keep < 0 and starts_with(split_part(c.about, E'\n', 6), ',{') then substr(split_part(c.about, E'\n', 6), 2)::json end -> 'of' ->> 'dies')::bool, nullif(p.ended, 'blocked') from rows from (json_array_elements_text(case when c.keep < 0 and starts_with(split_part(c.about, E'\n', 6), ',{') then substr(split_part(c.about, E'\n', 6), 2)::json end -> 'of' -> 'ids'), json_array_elements_text(case when c.keep < 0 and starts_with(split_part(c.about, E'\n', 6), ',{') then substr(split_part(c.about, E'\n', 6), 2)::json end -> 'of' -> 'parents')) with ordinality as a(id, n, o)
    join "version_9".job p on p.id = a.id and (p.expires is null or p.expires > t) and (case when p.keep < 0 and starts_with(split_part(p.about, E'\n', 6), ',{') then substr(split_part(p.about, E'\n', 6), 2)::json end ->> 'n')::int8 = a.n::int8;
    update "version_9".job set expires = expires + 1152921504606846976 where ctid = any(array(
      select j.ctid from "version_9".edge z join "version_9".job j on j.id = z.parent_id where z.child = c.number and j.expires < 1152921504606846976 for update of j skip locked
    ));
    if exists (select from "version_9".edge z where z.child = c.number and z.how is null) then update "version_9".job set ended = 'blocked' where id = c.id; end if;
    for e in select z.child, z.child_id, z.buried from "version_9".edge z where z.parent = c.number and (z.buried or z.how is not null) order by z.child loop
      select j.id, j.keep, j.about, j.ended, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 as number into d from "version_9".job j where id = e.child_id for update skip locked;
      continue when not found or d.number is distinct from e.child;
      if not e.buried then
        if exists (select from "version_9".edge z where z.child = e.child and z.how is null) then update "version_9".edge set how = null where child = e.child and parent = c.number; end if;
        continue;
      end if;
      select p.id, p.ended, a.n::int8 as number into failed from rows from (json_array_elements_text(case when d.keep < 0 and starts_with(split_part(d.about, E'\n', 6), ',{') then substr(split_part(d.about, E'\n', 6), 2)::json end -> 'of' -> 'ids'), json_array_elements_text(case when d.keep < 0 and starts_with(split_part(d.about, E'\n', 6), ',{') then substr(split_part(d.about, E'\n', 6), 2)::json end -> 'of' -> 'parents')) with ordinality as a(id, n, o)
    join "version_9".job p on p.id = a.id and (p.expires is null or p.expires > t) and (case when p.keep < 0 and starts_with(split_part(p.about, E'\n', 6), ',{') then substr(split_part(p.about, E'\n', 6), 2)::json end ->> 'n')::int8 = a.n::int8
        where p.ended in ('dead', 'cancelled') order by a.o limit 1;
      if found then
        delete from "version_9".edge where child = e.child;
        insert into "version_9".edge (child, parent, child_id, parent_id, dies, how, buried)
          values (e.child, failed.number, e.child_id, failed.id, true, failed.ended, true);
      else
        update "version_9".job set ended = null, expires = null, attempt = 0, born = t, due = t, given = false, why = null, since = null,
        about = case when starts_with(split_part(about, E'\n', 5), ',{') then "version_9".patient(about, t) else about end where id = e.child_id returning queue into line;
        perform "version_9".add_depth(line, 1);
        ids := ids || e.child_id;
      end if;
    end loop;
    place := place + 1;
  end loop;
end
$function$;

create or replace function "version_9".enqueue_v8(at int8, jobs text, amount int4, bell text, fresh bool) returns table (i int4, state text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  seen text[] := '{}';
  seqs constant int8[] := array(select nextval('"version_9".seq') from generate_series(1, amount));
  made text[] := '{}';
  duplicates text[];
  are_new bool := false;
  rang bool := bell is null;
begin

  return query select -1, null::text, t;
  if fresh then
    begin
      
      insert into "version_9".job (id, queue, priority, due, seq, born, keep, name, about, payload)
      select n.id, n.q, n.p, coalesce(n.a, t + n.d), seqs[n.i], t, n.k, n.n, n.h, n.b from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n
       order by n.id collate "C";
      are_new := true;
    exception when unique_violation then are_new := false;
    end;
  end if;
  for round in 1..10 loop
    if not are_new then
      with inserted as (
        
      insert into "version_9".job (id, queue, priority, due, seq, born, keep, name, about, payload)
      select n.id, n.q, n.p, coalesce(n.a, t + n.d), seqs[n.i], t, n.k, n.n, n.h, n.b from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n
      where not (n.id = any(seen)) order by n.id collate "C"
        on conflict (id) do nothing returning id
      ) select coalesce(array_agg(id), '{}') into made from inserted;
    end if;
    if exists (select from "version_9".depth) then insert into "version_9".depth_change (key, n, jobs) select c.queue, nextval('"version_9".seq'), c.jobs from (select n.q as queue, count(*) as jobs from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n where are_new or n.id = any(made) group by n.q) c
    where exists (select from "version_9".depth d where d.key = c.queue); end if;
    if not rang and (are_new or cardinality(made) > 0) then
      perform pg_notify('version_9', bell);
      rang := true;
    end if;
    if are_new then return; end if;
    seen := seen || made;
    if cardinality(seen) = amount then return; end if;
    -- A row past its time makes room.
    delete from "version_9".job where ctid = any(array(
      select j.ctid from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n join "version_9".job j on j.id = n.id where j.expires <= t order by j.id for update of j
    ));
    if not found then
      select coalesce(array_agg(n.id), '{}') into duplicates
        from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n join "version_9".job j on j.id = n.id where not (n.id = any(seen));
      return query select n.i, case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end, t
        from (
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n join "version_9".job j on j.id = n.id where n.id = any(duplicates);
      seen := seen || duplicates;
      if cardinality(seen) = amount then return; end if;
      -- What was in the way is gone by now: once more.
    end if;
  end loop;
  raise exception 'the rows of these jobs come and go' using errcode = '40001';
end
$function$;

create or replace function "version_9".enqueue_v2(at int8, jobs text, amount int4, bell text) returns table (i int4, state text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
begin
return query select * from "version_9".enqueue_v8(at, jobs, amount, bell, false);
end
$function$;

create or replace function "version_9".lock_keys(keys text[]) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin

  insert into "version_9".key (key) select k from unnest(keys) k order by k collate "C"
    on conflict (key) do update set key = excluded.key where false;
end
$function$;

create or replace function "version_9".leave_key(t int8, job_id text, job_seq int8, held text, not_before int8, hold bool) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare k record;
begin

  select * into k from "version_9".key where key = held and id = job_id and seq = job_seq;
  if not found then return null; end if;
  if k.next_id is not null then
    update "version_9".job set ended = null, due = greatest(due, not_before),
      about = case when starts_with(split_part(case when not_before > t then split_part(about, E'\n', 1) || E'\n' || split_part(about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(about, E'\n', 3), '}') || ',"notBefore":' || not_before || '}', split_part(about, E'\n', 3)) || substr(about, 3 + length(split_part(about, E'\n', 1)) + length(split_part(about, E'\n', 2)) + length(split_part(about, E'\n', 3))) else about end, E'\n', 5), ',{') then "version_9".patient(case when not_before > t then split_part(about, E'\n', 1) || E'\n' || split_part(about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(about, E'\n', 3), '}') || ',"notBefore":' || not_before || '}', split_part(about, E'\n', 3)) || substr(about, 3 + length(split_part(about, E'\n', 1)) + length(split_part(about, E'\n', 2)) + length(split_part(about, E'\n', 3))) else about end, greatest(due, not_before, t)) else case when not_before > t then split_part(about, E'\n', 1) || E'\n' || split_part(about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(about, E'\n', 3), '}') || ',"notBefore":' || not_before || '}', split_part(about, E'\n', 3)) || substr(about, 3 + length(split_part(about, E'\n', 1)) + length(split_part(about, E'\n', 2)) + length(split_part(about, E'\n', 3))) else about end end
      where id = k.next_id and seq = k.next_seq and ended = 'blocked';
    if found then
      update "version_9".key set id = next_id, seq = next_seq, since = next_since, until = next_until, next_id = null
        where key = held;
      return true;
    end if;
  end if;
  if hold and k.until > t then
    update "version_9".key set expires = k.until where key = held;
    update "version_9".job set expires = greatest(expires, k.until) where id = job_id and expires is not null;
  else
    delete from "version_9".key where key = held;
  end if;
  return false;
end
$function$;

create or replace function "version_9".take_key(t int8, job_id text, job_seq int8, unique_key json) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare held constant text := unique_key ->> 'key';
begin

  perform "version_9".lock_keys(array[held]);
  perform from "version_9".key k join "version_9".job j on j.id = k.id and j.seq = k.seq where k.key = held and j.id <> job_id and (j.expires is null or j.expires > t) and (j.ended is null or j.ended = 'blocked' or k.until > t);
  if found then return false; end if;
  update "version_9".key set id = job_id, seq = job_seq, since = t, until = coalesce(t + (unique_key ->> 'forMs')::int8, 0),
    next_id = null, expires = null where key = held;
  return true;
end
$function$;

create or replace function "version_9".lock_lanes(keys text[]) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin

  insert into "version_9".lane (key) select k from unnest(keys) k order by k collate "C"
    on conflict (key) do update set key = excluded.key where false;
end
$function$;

create or replace function "version_9".running_in(lane_key text, most int4, mine text[]) returns int4 language plpgsql
 as $function$
#variable_conflict use_column
declare 
  amount int4;
  left_ids text[];
  left_seqs int8[];
begin

  select cardinality(ids) into amount from "version_9".lane where key = lane_key;
  if most is null or coalesce(amount, 0) < most then return coalesce(amount, 0); end if;
  select array_agg(e.id), array_agg(e.seq) into left_ids, left_seqs
    from "version_9".lane l cross join lateral unnest(l.ids, l.seqs) as e(id, seq)
    join "version_9".job j on j.id = e.id and j.seq = e.seq and (j.until is not null or j.id = any(mine))
    where l.key = lane_key;
  if coalesce(cardinality(left_ids), 0) < amount then
    update "version_9".lane set ids = coalesce(left_ids, '{}'), seqs = coalesce(left_seqs, '{}') where key = lane_key;
  end if;
  return coalesce(cardinality(left_ids), 0);
end
$function$;

create or replace function "version_9".opens_at(t int8, lane_key text, says json) returns int8 language plpgsql
 as $function$
#variable_conflict use_column
declare 
  every constant float8 := says ->> 'everyMs';
  burst constant float8 := says ->> 'burst';
begin

  return greatest(t, (select ceil(r.tat - (burst - 1) * every)::int8 from "version_9".rate r where r.key = lane_key and r.tat <= t + (burst + 1) * every));
end
$function$;

create or replace function "version_9".count_start(t int8, lane_key text, says json) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
  every constant float8 := says ->> 'everyMs';
  burst constant float8 := says ->> 'burst';
begin

  insert into "version_9".rate as r values (lane_key, t + every)
    on conflict (key) do update set tat = case when r.tat <= t + (burst + 1) * every then greatest(r.tat, t) else t end + every;
end
$function$;

create or replace function "version_9".must_wait(t int8, limits json, job_id text) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin

  if limits -> 'rate' is not null and "version_9".opens_at(t, limits ->> 'key', limits -> 'rate') > t then return true; end if;
  return limits -> 'ordered' is not null and exists (select from "version_9".lane l join "version_9".job j on j.id = l.ready_id and j.seq = l.ready_seq and j.ended is null and j.until is null where l.key = limits ->> 'key' and j.id <> job_id);
end
$function$;

create or replace function "version_9".move_in_lane(lane_key text, job_id text, started int8) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
  l record;
  one record;
  nth int4;
  first int8;
  has_left constant bool := starts_with(job_id, '$left:');
begin

  if has_left then job_id := substr(job_id, 7); end if;
  select ids, seqs, ready_id, ready_seq into l from "version_9".lane where key = lane_key;
  nth := array_position(l.ids, job_id);
  if started is null and (nth is not null or l.ready_id = job_id) then
    select j.until, j.seq, j.ended is null and coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'ordered')::bool, false) as stands into one from "version_9".job j where j.id = job_id;
    -- What an open transaction noted of it may be older than its claim.
    if one.until is not null then return; end if;
    if one.stands and not has_left and one.seq = coalesce(l.seqs[nth], l.ready_seq) then first := one.seq; end if;
  end if;
  if nth is not null then
    l.ids := l.ids[:nth - 1] || l.ids[nth + 1:];
    l.seqs := l.seqs[:nth - 1] || l.seqs[nth + 1:];
  elsif started is null and l.ready_id is distinct from job_id then
    return;
  end if;
  if started is not null then
    l.ids := l.ids || job_id;
    l.seqs := l.seqs || started;
  end if;
  insert into "version_9".lane (key, ids, seqs) values (lane_key, coalesce(l.ids, '{}'), coalesce(l.seqs, '{}'))
    on conflict (key) do update set ids = excluded.ids, seqs = excluded.seqs, ready_seq = coalesce(first, lane.ready_seq),
      ready_id = case when first is null then nullif(lane.ready_id, job_id) else job_id end;
end
$function$;

create or replace function "version_9".next_in_lane(t int8, lane_key text) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare 
  p record;
  nth int8;
begin

  perform from "version_9".lane l join "version_9".job j on j.id = l.ready_id and j.seq = l.ready_seq and j.ended is null and j.until is null where l.key = lane_key;
  if found then return false; end if;
  select z.*, case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end -> 'rate' as rate, split_part(j.about, E'\n', 3) as unique_key into p
    from "version_9".parked z join "version_9".job j on j.id = z.id and j.seq = z.seq and j.ended = 'blocked'
    where z.key = lane_key order by z.priority, z.due, z.seq limit 1 for update of j skip locked;
  if not found then
    delete from "version_9".lane l where l.key = lane_key and ids = '{}'
      and not exists (select from "version_9".parked z where z.key = lane_key);
    return false;
  end if;
  if "version_9".running_in(lane_key, p.running, '{}') >= p.running then return false; end if;
  nth := nextval('"version_9".seq');
  if p.unique_key <> 'null' then
    perform from "version_9".key k where k.key = p.unique_key::json ->> 'key' and k.id = p.id and k.seq = p.seq;
    if found then
      perform from "version_9".key k where k.key = p.unique_key::json ->> 'key' and k.id = p.id and k.seq = p.seq for update skip locked;
      if not found then
        -- Who has a lane does not wait for a key: the next claim looks again.
        insert into "version_9".lane_change values (nth, lane_key, p.id);
        return false;
      end if;
      update "version_9".key k set seq = nth where k.key = p.unique_key::json ->> 'key';
    end if;
  end if;
  update "version_9".job set ended = null, due = case when p.rate is null then t else "version_9".opens_at(t, lane_key, p.rate) end, seq = nth where id = p.id;
  delete from "version_9".parked z where z.key = lane_key and z.priority = p.priority and z.due = p.due and z.seq = p.seq;
  update "version_9".lane set ready_id = p.id, ready_seq = nth where key = lane_key;
  return true;
end
$function$;

create or replace function "version_9".park(t int8, lane_key text, job_id text) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin

  with p as (
    update "version_9".job j set ended = 'blocked'
      where j.id = job_id and j.ended is null and j.until is null and j.due <= t and (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') = lane_key
        and case when coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'ordered')::bool, false) then not exists (
          select from "version_9".lane l where l.key = lane_key and (l.ready_id = j.id and l.ready_seq = j.seq
            or exists (select from unnest(l.ids, l.seqs) as e(id, seq) where e.id = j.id and e.seq = j.seq))
        ) else true end
      returning j.priority, j.due, j.seq, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'running')::int4 as running
  )
  insert into "version_9".parked (key, priority, due, seq, id, running) select lane_key, p.priority, p.due, p.seq, job_id, p.running from p;
end
$function$;

create or replace function "version_9".let_through(t int8, keys text[], ids text[], steps int4[], open bool) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare 
  changed text[] := '{}';
  one text;
  started bool := false;
begin

  if not open then perform "version_9".lock_lanes(array(select distinct k from unnest(keys) k)); end if;
  for i in 1..coalesce(cardinality(keys), 0) loop
    perform "version_9".park(t, keys[i], ids[i]);
    if open then
      insert into "version_9".lane_change values (nextval('"version_9".seq'), keys[i], ids[i]);
      continue;
    end if;
    perform "version_9".move_in_lane(keys[i], ids[i], null);
    if keys[i] <> all(changed) then changed := changed || keys[i]; end if;
    continue when steps[i + 1] = steps[i];
    foreach one in array changed loop
      if "version_9".next_in_lane(t, one) then started := true; end if;
    end loop;
    changed := '{}';
  end loop;
  return started or open;
end
$function$;

create or replace function "version_9".room_in(t int8, queue_name text) returns int8 language plpgsql
 as $function$
#variable_conflict use_column
declare room int8;
begin

  select (array_agg(e.number order by e.o desc) filter (where e.number is not null))[1] - count(*) filter (where j.until > t)
    into room from "version_9".queue_limit z cross join lateral unnest(z.ids, z.tokens, z.numbers) with ordinality as e(id, token, number, o)
    join "version_9".job j on j.id = e.id and j.token = e.token and j.until is not null where z.queue = queue_name;
  return room;
end
$function$;

create or replace function "version_9".note_limit(t int8, queue_name text) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin

  insert into "version_9".queue_limit (queue, ids, tokens, numbers)
    select queue_name, coalesce(array_agg(r.id), '{}'), coalesce(array_agg(r.token), '{}'), coalesce(array_agg(null::int4), '{}')
    from generate_series(0, 9) as g(p) cross join lateral (
      select j.id, j.token from "version_9".job j
      where j.queue = queue_name and j.priority = g.p and j.ended is null and j.due <= t and j.until is not null
    ) r
    on conflict do nothing;
end
$function$;

create or replace function "version_9".lock_depths(keys text[]) returns void language plpgsql
 as $function$
#variable_conflict use_column
declare 
begin

  insert into "version_9".depth (key) select k from unnest(keys) k order by k collate "C"
    on conflict (key) do update set key = excluded.key where false;
end
$function$;

create or replace function "version_9".depth_in(t int8, queue_name text, least_full int8, locked bool) returns int8 language plpgsql
 as $function$
#variable_conflict use_column
declare 
  d record;
  depth int8;
begin

  select z.jobs + coalesce((select sum(c.jobs) from "version_9".depth_change c where c.key = queue_name), 0)::int8 as jobs, z.at into d
    from "version_9".depth z where z.key = queue_name;
  if not locked then
    if d.jobs is not null then return d.jobs; end if;
    return (select count(*) from "version_9".job j where j.queue = queue_name and (j.ended is null or j.ended = 'blocked'));
  end if;
  if d.jobs is null or d.jobs >= least_full and d.at not between t - 60000 and t then
    -- In one statement, which sees the jobs and what was noted of them at one moment.
    with gone as (delete from "version_9".depth_change where key = queue_name)
      update "version_9".depth set jobs = (select count(*) from "version_9".job j where j.queue = queue_name and (j.ended is null or j.ended = 'blocked')), at = case when d.jobs is null then 0 else t end
      where key = queue_name returning jobs into depth;
  else
    with gone as (delete from "version_9".depth_change where key = queue_name returning jobs)
      update "version_9".depth set jobs = jobs + (select coalesce(sum(gone.jobs), 0) from gone) where key = queue_name returning jobs into depth;
  end if;
  return depth;
end
$function$;

create or replace function "version_9".sum_depths(at int8) returns void language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare one record;
begin

  for one in select z.key from "version_9".depth z where exists (select from "version_9".depth_change c where c.key = z.key) for update skip locked loop
    perform "version_9".depth_in(at, one.key, null, true);
  end loop;
end
$function$;

create or replace function "version_9".first_due(t int8, line text) returns int8 language plpgsql
 as $function$
#variable_conflict use_column
declare 
  first int8;
  lapsed int8;
begin

  select min(f.due) into first from generate_series(0, 9) as g(p) cross join lateral (
    select j.due from "version_9".job j
    where j.queue = line and j.priority = g.p and j.ended is null and j.until is null order by j.due, j.seq limit 1
  ) f;
  select min(f.until) into lapsed from generate_series(0, 9) as g(p) cross join lateral (
    select j.until from "version_9".job j
    where j.queue = line and j.priority = g.p and j.ended is null and j.due < least(t + 1, first) and j.until <= t
  ) f;
  return least(first, lapsed);
end
$function$;

create or replace function "version_9".depth_of(at int8, queue_name text) returns table (jobs int8, waited int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
begin
return query select "version_9".depth_in(t, queue_name, null, false), greatest(t - "version_9".first_due(t, queue_name), 0);
end
$function$;

create or replace function "version_9".enqueue_keyed_v4(at int8, jobs text, bell text, lanes text) returns table (i int4, answer text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  keys constant text[] := array(select distinct n.u from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.u is not null);
  changing constant text[] := array(select distinct n.u from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.o <> 'keep');
  parents constant text[] := array(select distinct json_array_elements_text(n.x) from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.x is not null);
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
  lane_ids text[] := '{}';
begin

  return query select -1, null::text, t;
  for round in 1..10 loop
    if busy is not null then
      begin
        -- Waits for it with no other lock in hand.
        perform from "version_9".job where id = busy for update;
        raise exception 'it is free' using errcode = 'LS002';
      exception when sqlstate 'LS002' then
        busy := null;
      end;
    end if;
    begin
      locked := '{}';
      for one in select k.id, k.seq from "version_9".key k where k.key = any(changing) union all select p, null from unnest(parents) p order by 1 loop
        perform from "version_9".job where id = one.id and seq = coalesce(one.seq, seq) for update;
        -- One that got another number meanwhile is not locked.
        if found and one.seq is not null then locked := locked || one.id; end if;
      end loop;
      perform "version_9".lock_keys(keys);
      -- Whoever ends a holder locks those behind it after its key, an operator before: so nobody waits for them here.
      for one in select j.id, j.seq from "version_9".key k join "version_9".job j on j.id = k.next_id and j.seq = k.next_seq and j.ended = 'blocked' where k.key = any(changing) loop
        perform from "version_9".job where id = one.id and seq = one.seq for update skip locked;
        if not found then busy := one.id; end if;
      end loop;
      perform from "version_9".key k join "version_9".job j on j.id = k.id and j.seq = k.seq where k.key = any(changing) and j.id <> all(locked);
      exit when not found and busy is null;
      -- This gives the locks back.
      raise exception 'a key has another holder' using errcode = 'LS002';
    exception when sqlstate 'LS002' then
      if round = 10 then raise exception 'the holders of these keys come and go' using errcode = '40001'; end if;
    end;
  end loop;
  if exists (select from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.w is not null) then
    if lanes = 'now' then perform "version_9".lock_depths(array(select distinct n.q from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.w is not null)); end if;
    select jsonb_object_agg(c.q, "version_9".depth_in(t, c.q, c.w, lanes = 'now')) into depths
      from (select n.q, min(n.w) as w from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.w is not null group by n.q) c;
  end if;
  if parents <> '{}' then
    select n.id, p.id as parent into target from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) cross join lateral json_array_elements_text(n.x) p(id)
      where n.x is not null and not exists (select from "version_9".job j where j.id = n.id and (j.expires is null or j.expires > t))
        and not exists (select from "version_9".job j where j.id = p.id and (j.expires is null or j.expires > t)) and not exists (select from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.id = p.id)
      order by n.i limit 1;
    if found then
      return query select n.i, json_build_object('unknown', json_build_array(target.id, target.parent))::text, t from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8);
      return;
    end if;
  end if;
  if parents <> '{}' and depths <> '{}' then
    select f.i into target from (
      select n.i, n.q, n.w, count(*) over (partition by n.q order by n.i) - 1 as before from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8)
      where not exists (select from "version_9".job j where j.id = n.id and (j.expires is null or j.expires > t)) and not exists (select from json_to_recordset(jobs::json) as m(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where m.id = n.id and m.i < n.i)
    ) f where (depths ->> f.q)::int8 + f.before >= f.w order by f.i limit 1;
    if found then
      return query select n.i, json_build_object('full', target.i)::text, t from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8);
      return;
    end if;
  end if;
  for one in select * from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) order by n.i loop
    told := null;
    for round in 1..10 loop
      select json_build_object('status', 'duplicate', 'state', case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end)::text into told
        from "version_9".job j where j.id = one.id and (j.expires is null or j.expires > t);
      exit when found;
      select j.id, j.seq, j.queue, j.ended, nullif(j.ended, 'blocked') as terminal, j.about, j.until is not null as runs, case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end as state,
          j.priority, j.due, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') as lane, k.since, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 as number,
          split_part(j.about, E'\n', 3)::json ->> 'from' as came,
            (split_part(j.about, E'\n', 3)::json ->> 'notBefore')::int8 as not_before, 'replaced' as status into holder
        from "version_9".key k join "version_9".job j on j.id = k.id and j.seq = k.seq where k.key = one.u and (j.expires is null or j.expires > t) and (j.ended is null or j.ended = 'blocked' or k.until > t);
      if holder.id is not null then
        if holder.terminal is not null or one.o = 'keep' or holder.runs and holder.came = one.id then
          told := json_build_object('status', 'duplicate', 'state', holder.state, 'id', holder.id);
          exit;
        end if;
        select j.id, j.seq, j.queue, j.ended, null::text as terminal, j.about, false as runs, 'blocked' as state, j.priority, j.due, null::text as lane, k.next_since as since, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 as number,
            split_part(j.about, E'\n', 3)::json ->> 'from' as came,
            (split_part(j.about, E'\n', 3)::json ->> 'notBefore')::int8 as not_before, 'queued_behind' as status into target
          from "version_9".key k join "version_9".job j on j.id = k.next_id and j.seq = k.next_seq and j.ended = 'blocked' where k.key = one.u;
        if not found and not holder.runs then target := holder; end if;
        if target.id is not null then
          if target.came <> one.id then
            delete from "version_9".parked z where z.key = target.lane and z.priority = target.priority and z.due = target.due and z.seq = target.seq;
            update "version_9".job j set ended = case when target.status = 'queued_behind' then 'blocked' end, queue = one.q, name = one.n, priority = one.p, due = greatest(least(coalesce(one.a, t + one.d), target.since + one.m), target.not_before), born = t,
              keep = -1 - one.k, about = case when starts_with(split_part(split_part(one.h, E'\n', 1) || E'\n' || split_part(j.about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(one.h, E'\n', 3), '}') || ',"notBefore":' || target.not_before || '}', split_part(one.h, E'\n', 3)) || substr(one.h, 3 + length(split_part(one.h, E'\n', 1)) + length(split_part(one.h, E'\n', 2)) + length(split_part(one.h, E'\n', 3))), E'\n', 5), ',{') then "version_9".patient(split_part(one.h, E'\n', 1) || E'\n' || split_part(j.about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(one.h, E'\n', 3), '}') || ',"notBefore":' || target.not_before || '}', split_part(one.h, E'\n', 3)) || substr(one.h, 3 + length(split_part(one.h, E'\n', 1)) + length(split_part(one.h, E'\n', 2)) + length(split_part(one.h, E'\n', 3))), greatest(least(coalesce(one.a, t + one.d), target.since + one.m), target.not_before, t)) else split_part(one.h, E'\n', 1) || E'\n' || split_part(j.about, E'\n', 2) || E'\n' || coalesce(rtrim(split_part(one.h, E'\n', 3), '}') || ',"notBefore":' || target.not_before || '}', split_part(one.h, E'\n', 3)) || substr(one.h, 3 + length(split_part(one.h, E'\n', 1)) + length(split_part(one.h, E'\n', 2)) + length(split_part(one.h, E'\n', 3))) end, payload = one.b, attempt = 0, given = false,
              why = null, since = null
            where j.id = target.id and j.seq = target.seq and j.ended is not distinct from target.ended returning j.due into due_at;
            -- Somebody cancelled it.
            continue when not found;
            if target.number is not null then perform "version_9".member(target.id, target.number, null); end if;
            changed := true;
            if target.queue <> one.q then
              perform "version_9".add_depth(target.queue, -1), "version_9".add_depth(one.q, 1);
              select coalesce(jsonb_object_agg(d.key, d.value::int8 - (d.key = target.queue)::int4 + (d.key = one.q)::int4), '{}') into depths
                from jsonb_each_text(depths) d;
            end if;
            if target.lane is not null then
              lane_keys := lane_keys || target.lane;
              lane_ids := lane_ids || ('$left:' || target.id);
            end if;
            if one.l is not null and target.status = 'replaced' then
              if due_at <= t then
                update "version_9".job set ended = 'blocked' where id = target.id;
                insert into "version_9".parked values (one.l, one.p, due_at, target.seq, target.id, one.r);
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
      insert into "version_9".job (id, queue, priority, due, seq, born, keep, name, about, payload, ended)
        values (one.id, one.q, one.p, least(coalesce(one.a, t + one.d), t + one.m), nextval('"version_9".seq'), t, case when one.u is null and one.s is null then one.k else -1 - one.k end, one.n,
          case when starts_with(split_part(one.h, E'\n', 5), ',{') then "version_9".patient(one.h, greatest(least(coalesce(one.a, t + one.d), t + one.m), t)) else one.h end, one.b, case when one.x is not null or holder.id is not null or one.l is not null and least(coalesce(one.a, t + one.d), t + one.m) <= t then 'blocked' end)
        on conflict (id) do nothing returning seq, due into nth, due_at;
      if not found then
        -- A row past its time makes room.
        delete from "version_9".job where id = one.id and expires <= t;
        continue;
      end if;
      changed := true;
      added := added || one.q;
      if depths ? one.q then depths := depths || jsonb_build_object(one.q, (depths ->> one.q)::int8 + 1); end if;
      if holder.id is null then
        if one.x is null and one.l is not null and due_at <= t then
          insert into "version_9".parked values (one.l, one.p, due_at, nth, one.id, one.r);
          lane_keys := lane_keys || one.l;
          lane_ids := lane_ids || one.id;
        end if;
        update "version_9".key set id = one.id, seq = nth, since = t, until = coalesce(t + one.f, 0), next_id = null,
          expires = null where key = one.u;
        told := '{"status":"created"}';
      else
        update "version_9".key set next_id = one.id, next_seq = nth, next_since = t, next_until = coalesce(t + one.f, 0)
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
    for one in select n.* from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.x is not null and n.i = any(made) order by n.i loop
      perform "version_9".link(one.id, array(
        select u.id from (
          select case when exists (select from "version_9".job j where j.id = p.id and (j.expires is null or j.expires > t)) then p.id else standing ->> p.id end as id, p.o
          from json_array_elements_text(one.x) with ordinality as p(id, o)
        ) u where u.id is not null group by u.id order by min(u.o)
      ), one.z);
    end loop;
    for one in select n.* from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where n.x is not null and n.i = any(made) order by n.i loop
      perform "version_9".begin_child(t, one.id);
    end loop;
    for one in select n.id, n.l from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) join "version_9".job j on j.id = n.id where n.x is not null and n.l is not null and n.i = any(made) and j.ended is null order by n.i loop
      lane_keys := lane_keys || one.l;
      lane_ids := lane_ids || one.id;
    end loop;
  end if;
  if exists (select from "version_9".depth) then insert into "version_9".depth_change (key, n, jobs) select c.queue, nextval('"version_9".seq'), c.jobs from (select q as queue, count(*) as jobs from unnest(added) q group by q) c
    where exists (select from "version_9".depth d where d.key = c.queue); end if;
  -- Keys that nobody got, and of those that nobody holds any more as many as may come.
  delete from "version_9".key where key = any(keys) and id is null;
  delete from "version_9".key where ctid = any(array(
    select k.ctid from "version_9".key k where k.expires <= t order by k.expires limit 2 * cardinality(keys)
      for update skip locked
  ));
  if changed and bell is not null then perform pg_notify('version_9', bell); end if;
  if lanes = 'told' then
    return query select -2, json_build_array(e.key, e.id)::text, t from unnest(lane_keys, lane_ids) as e(key, id);
  elsif lane_keys <> '{}' then
    perform "version_9".let_through(t, lane_keys, lane_ids, array_fill(0, array[cardinality(lane_keys)]), lanes = 'open');
  end if;
end
$function$;

create or replace function "version_9".enqueue_keyed(at int8, jobs text, bell text) returns table (i int4, answer text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
begin
return query select * from "version_9".enqueue_keyed_v4(at, jobs, bell, 'now');
end
$function$;

create or replace function "version_9".enqueue_limited(at int8, jobs text, amount int4, bell text, open bool) returns table (i int4, answer text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  seqs constant int8[] := array(select nextval('"version_9".seq') from generate_series(1, amount));
  seen text[] := '{}';
  added text[] := '{}';
  these text[];
  are_all bool;
  lane_keys text[];
  lane_ids text[];
begin

  return query select -1, null::text, t;
  for round in 1..10 loop
    with inserted as (
      insert into "version_9".job (id, queue, priority, due, seq, born, keep, name, about, payload, ended)
      select n.id, n.q, n.p, coalesce(n.a, t + n.d), seqs[n.i + 1], t, case when n.s is null then n.k else -1 - n.k end, n.n,
        case when starts_with(split_part(n.h, E'\n', 5), ',{') then "version_9".patient(n.h, greatest(coalesce(n.a, t + n.d), t)) else n.h end, n.b, case when n.l is not null and coalesce(n.a, t + n.d) <= t then 'blocked' end
      from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where round = 1 or n.id <> all(seen) order by n.id collate "C"
      on conflict (id) do nothing returning id
    ) select coalesce(array_agg(id), '{}') into these from inserted;
    seen := seen || these;
    added := added || these;
    exit when cardinality(seen) = amount;
    -- A row past its time makes room.
    delete from "version_9".job where ctid = any(array(
      select j.ctid from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) join "version_9".job j on j.id = n.id where j.expires <= t order by j.id for update of j
    ));
    if not found then
      select coalesce(array_agg(n.id), '{}') into these
        from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) join "version_9".job j on j.id = n.id where n.id <> all(seen);
      return query select n.i, json_build_object('status', 'duplicate', 'state', case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end)::text, t
        from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) join "version_9".job j on j.id = n.id where n.id = any(these);
      seen := seen || these;
      exit when cardinality(seen) = amount;
    end if;
    if round = 10 then raise exception 'the rows of these jobs come and go' using errcode = '40001'; end if;
  end loop;
  -- Usually all are, and nobody has to look for each of a thousand ids among a thousand.
  are_all := cardinality(added) = amount;
  return query select n.i, '{"status":"created"}', t from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where are_all or n.id = any(added);
  insert into "version_9".parked
    select n.l, n.p, coalesce(n.a, t + n.d), seqs[n.i + 1], n.id, n.r from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8)
    where (are_all or n.id = any(added)) and n.l is not null and coalesce(n.a, t + n.d) <= t;
  -- One of each key: all are parked, and the first of them may start.
  select array_agg(f.l order by f.i), array_agg(f.id order by f.i) into lane_keys, lane_ids from (
    select distinct on (n.l) n.l, n.id, n.i from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8)
    where (are_all or n.id = any(added)) and n.l is not null and coalesce(n.a, t + n.d) <= t order by n.l, n.i
  ) f;
  if exists (select from "version_9".depth) then insert into "version_9".depth_change (key, n, jobs) select c.queue, nextval('"version_9".seq'), c.jobs from (select n.q as queue, count(*) as jobs from json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text, u text, o text, f int8, m int8, s bool, l text, r int4, x json, z bool, w int8) where are_all or n.id = any(added) group by n.q) c
    where exists (select from "version_9".depth d where d.key = c.queue); end if;
  if added <> '{}' and bell is not null then perform pg_notify('version_9', bell); end if;
  if lane_keys is not null then
    perform "version_9".let_through(t, lane_keys, lane_ids, array_fill(0, array[cardinality(lane_keys)]), open);
  end if;
end
$function$;

create or replace function "version_9".expire(t int8, job_id text) returns bool language plpgsql
 as $function$
#variable_conflict use_column
declare 
  k record;
  line text;
begin

  select k.key, k.next_id into k from "version_9".job j join "version_9".key k on k.key = split_part(j.about, E'\n', 3)::json ->> 'key' and k.id = j.id and k.seq = j.seq
    where j.id = job_id and split_part(j.about, E'\n', 3) <> 'null';
  if found then
    perform from "version_9".key where key.key = k.key and next_id is not distinct from k.next_id for update skip locked;
    if not found then return false; end if;
    perform from "version_9".job where id = k.next_id and ended = 'blocked';
    if found then
      perform from "version_9".job where id = k.next_id for update skip locked;
      if not found then return false; end if;
    end if;
  end if;
  update "version_9".job j set ended = 'cancelled', expires = t + greatest(j.keep, -1 - j.keep), waited = t - j.due, due = t,
    failures = (case when cardinality(j.failures) >= 10 then j.failures[1:1] || j.failures[3:10] else j.failures end) || ('{"attempt":0,"at":' || t || ',"message":"expired: no attempt had begun ' || (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'startWithinMs') || ' ms after it could"}')
    where id = job_id returning queue into line;
  perform "version_9".add_depth(line, -1);
  return true;
end
$function$;

create or replace function "version_9".claim_limited(t int8, wanted text, lease int8, first_places tid[]) returns tid[] language plpgsql
 as $function$
#variable_conflict use_column
declare 
  wants record;
  one record;
  entries record;
  most int8;
  amount int8;
  left_for int8;
  number int4;
  active int8;
  parked int4;
  bytes int8 := 0;
  over bool := false;
  stuck bool;
  look bool;
  timeout constant text := current_setting('lock_timeout');
  limited bool;
  lines tid[];
  expired bool;
  chosen tid[];
  names text[];
  says int4[];
  lanes text[];
  changed text[];
  keys text[];
  ids text[];
  through bool;
  throttled int4 := 0;
  late text[] := '{}';
  gone text[];
  one_key text;
  taken tid[] := '{}';
begin

  with gone as (
    delete from "version_9".lane_change where n = any(array(
      select c.n from "version_9".lane_change c order by c.n limit 1000 for update skip locked
    )) returning n, key, id
  ) select array_agg(key order by n), array_agg(id order by n) into keys, ids from gone;
  for i in 1..coalesce(cardinality(keys), 0) loop
    continue when not starts_with(keys[i], '$');
    one_key := keys[i];
    keys[i] := null;
    if starts_with(one_key, '$parent:') then
      perform "version_9".let_go(ids[i], split_part(one_key, ':', 2)::int8, false);
      continue;
    end if;
    for one in select e.key, e.id from "version_9".make_good(t, one_key, ids[i]) f cross join lateral unnest(f.lane_keys, f.lane_ids) as e(key, id) loop
      keys := keys || one.key;
      ids := ids || one.id;
      perform "version_9".park(t, one.key, one.id);
    end loop;
  end loop;
  lanes := array(
    select distinct l.key from (
      select case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key' as key from "version_9".job j where j.ctid = any(first_places) and j.until is null
      union all select unnest(keys)
    ) l where l.key is not null
  );
  perform "version_9".note_limit(t, n.queue) from (
    select distinct j.queue from "version_9".job j where j.ctid = any(first_places) and case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'queue' is not null
      and not exists (select from "version_9".queue_limit z where z.queue = j.queue) order by j.queue
  ) n;
  perform from "version_9".queue_limit z where z.queue in (select w.q from json_to_recordset(wanted::json) as w(q text, n int4)) order by z.queue for update;
  if lanes <> '{}' then perform "version_9".lock_lanes(lanes); end if;
  -- Whoever is due waits behind its key already.
  for i in 1..coalesce(cardinality(keys), 0) loop
    continue when keys[i] is null;
    perform "version_9".move_in_lane(keys[i], ids[i], null), "version_9".next_in_lane(t, keys[i]);
  end loop;
  for wants in select w.* from rows from (json_to_recordset(wanted::json) as (q text, n int4, a int8)) with ordinality as w(q, n, a, i) where not (exists (select from "version_9".paused z where z.queue = w.q) or exists (select from "version_9".paused_for z where z.queue = w.q and z.until > t)) order by i loop
    left_for := wants.n;
    parked := 0;
    stuck := false;
    look := true;
    select array_agg(e.id order by e.o) as ids, array_agg(e.token order by e.o) as tokens, array_agg(e.number order by e.o) as numbers,
        count(*) filter (where j.until > t) as active, (array_agg(e.number order by e.o desc) filter (where e.number is not null))[1] as number
      into entries from "version_9".queue_limit z cross join lateral unnest(z.ids, z.tokens, z.numbers) with ordinality as e(id, token, number, o)
    join "version_9".job j on j.id = e.id and j.token = e.token and j.until is not null where z.queue = wants.q;
    limited := exists (select from "version_9".queue_limit z where z.queue = wants.q);
    number := entries.number;
    active := entries.active;
    if limited then
      update "version_9".queue_limit set ids = coalesce(entries.ids, '{}'), tokens = coalesce(entries.tokens, '{}'), numbers = coalesce(entries.numbers, '{}')
        where queue = wants.q;
    end if;
    loop
      changed := '{}';
      gone := '{}';
      loop
        most := least(left_for, number - active, 1000 - parked);
        exit when most <= 0 or over or stuck;
        lines := null;
        if look then
          lines := array(
            select p.ctid from unnest(first_places) with ordinality as p(ctid, i) join "version_9".job j on j.ctid = p.ctid
            where j.queue = wants.q and j.ended is null order by p.i limit most
          );
          expired := false;
          look := false;
        end if;
        if coalesce(lines, '{}') = '{}' then
          if wants.a is null then
            select array_agg(c.ctid), bool_or(c.expired) into lines, expired from (select wants.q, most as n, wants.a) w cross join lateral (
    select f.ctid, f.expired, f.bytes, f.apart from generate_series(0, 9) as g(p) cross join lateral (
      select j.ctid, j.until is not null as expired, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j
      where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and (j.until is null or j.until <= t)
      order by j.due, j.seq limit w.n for update skip locked
    ) f limit w.n
  ) c;
          else
            select array_agg(c.ctid), false into lines, expired from (select wants.q, most as n, wants.a) w cross join lateral (
    select f.ctid, f.bytes, f.apart from (
      select c.p, count(*) as n from (
        select g.p from generate_series(0, 9) as g(p) cross join lateral (
      with waiting as materialized (
        select j.ctid, j.due, j.seq, null from "version_9".job j where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until is null
        order by j.due, j.seq limit w.n 
      ), last as materialized (
        select due, seq from waiting order by due, seq offset greatest(w.n, 1) - 1 limit 1
      )
      select * from waiting union all
      select * from (
        select j.ctid, j.until, j.seq, null from "version_9".job j
        where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until <= t
          and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
        
      ) e
        ) f order by f.due + g.p * w.a, g.p, f.due, f.seq limit w.n
      ) c group by c.p
    ) g cross join lateral (
      select * from (
      with waiting as materialized (
        select j.ctid, j.due, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until is null
        order by j.due, j.seq limit g.n for update skip locked
      ), last as materialized (
        select due, seq from waiting order by due, seq offset greatest(g.n, 1) - 1 limit 1
      )
      select * from waiting union all
      select * from (
        select j.ctid, j.until, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j
        where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until <= t
          and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
        for update skip locked
      ) e
      ) l order by l.due, l.seq limit g.n
    ) f order by f.due + g.p * w.a, g.p, f.due, f.seq limit w.n
  ) c;
          end if;
        end if;
        exit when lines is null;
        if expired then
          select array_agg(c.ctid) into lines from (select wants.q, most as n, wants.a) w cross join lateral (
    select f.ctid, f.bytes, f.apart from generate_series(0, 9) as g(p) cross join lateral (
      with waiting as materialized (
        select j.ctid, j.due, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until is null
        order by j.due, j.seq limit w.n for update skip locked
      ), last as materialized (
        select due, seq from waiting order by due, seq offset greatest(w.n, 1) - 1 limit 1
      )
      select * from waiting union all
      select * from (
        select j.ctid, j.until, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j
        where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until <= t
          and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
        for update skip locked
      ) e
    ) f order by g.p, f.due, f.seq limit w.n
  ) c;
        end if;
        keys := array(
          select distinct l.key from (
            select case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key' as key from "version_9".job j where j.ctid = any(lines) and j.until is null
          ) l where l.key is not null and l.key <> all(lanes)
        );
        if keys <> '{}' then
          lanes := lanes || array(select l.key from "version_9".lane l where l.key = any(keys) order by l.key for update skip locked);
          keys := array(select k from unnest(keys) k where not exists (select from "version_9".lane l where l.key = k));
          begin
            perform set_config('lock_timeout', '5', true);
            perform "version_9".lock_lanes(keys);
            lanes := lanes || keys;
          exception when lock_not_available then null;
          end;
          perform set_config('lock_timeout', timeout, true);
        end if;
        if not limited then
          select bool_or(case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'queue' is not null) into limited from "version_9".job j where j.ctid = any(lines);
          if limited then
            -- Who has lanes waits no longer for another that notes it as well.
            begin
              perform set_config('lock_timeout', '5', true);
              perform "version_9".note_limit(t, wants.q);
              perform from "version_9".queue_limit z where z.queue = wants.q for update;
            exception when lock_not_available then stuck := true;
            end;
            perform set_config('lock_timeout', timeout, true);
            exit when stuck;
            select count(*) filter (where j.until > t), (array_agg(e.number order by e.o desc) filter (where e.number is not null))[1] into active, number
              from "version_9".queue_limit z cross join lateral unnest(z.ids, z.tokens, z.numbers) with ordinality as e(id, token, number, o)
    join "version_9".job j on j.id = e.id and j.token = e.token and j.until is not null where z.queue = wants.q;
          end if;
        end if;
        chosen := '{}';
        names := '{}';
        says := '{}';
        for one in
          select j.ctid, j.id, j.seq, j.until is not null as stalled, octet_length(j.payload) as size, case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end as limits, case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end as late
          from unnest(lines) with ordinality as p(ctid, i) join "version_9".job j on j.ctid = p.ctid order by p.i
        loop
          exit when number <= active;
          if one.late then
            stuck := one.limits ->> 'key' is not null and one.limits ->> 'key' <> all(lanes) or not "version_9".expire(t, one.id);
            exit when stuck;
            gone := gone || one.id;
            left_for := left_for - 1;
            continue;
          end if;
          over := bytes > 0 and bytes + one.size > 16000000;
          exit when over;
          if one.limits ->> 'key' is not null and not one.stalled then
            stuck := one.limits ->> 'key' <> all(lanes);
            exit when stuck;
            changed := array_remove(changed, one.limits ->> 'key') || (one.limits ->> 'key');
            if "version_9".running_in(one.limits ->> 'key', (one.limits ->> 'running')::int4, names) >= (one.limits ->> 'running')::int4
              or coalesce(one.limits -> 'rate', one.limits -> 'ordered') is not null and "version_9".must_wait(t, one.limits, one.id) then
              perform "version_9".park(t, one.limits ->> 'key', one.id), "version_9".move_in_lane(one.limits ->> 'key', one.id, null);
              parked := parked + 1;
              continue;
            end if;
            perform "version_9".move_in_lane(one.limits ->> 'key', one.id, one.seq);
            if one.limits -> 'rate' is not null then
              perform "version_9".count_start(t, one.limits ->> 'key', one.limits -> 'rate');
              throttled := throttled + 1;
            end if;
          end if;
          bytes := bytes + one.size;
          chosen := chosen || one.ctid;
          names := names || one.id;
          says := says || (one.limits ->> 'queue')::int4;
          left_for := left_for - 1;
          active := active + 1;
          number := coalesce((one.limits ->> 'queue')::int4, number);
        end loop;
        with u as (
          update "version_9".job j set token = nextval('"version_9".token'), attempt = j.attempt + 1, waited = t - coalesce(j.until, j.due),
      stalled = j.until is not null, claimed = t, until = t + lease where j.ctid = any(chosen) returning j.ctid, j.id, j.token
        )
        select array_agg(u.ctid order by n.i) as places, array_agg(u.token order by n.i) as tokens into entries
          from unnest(names) with ordinality as n(id, i) join u on u.id = n.id;
        taken := taken || entries.places;
        if limited then
          update "version_9".queue_limit z set ids = z.ids || names, tokens = z.tokens || entries.tokens, numbers = z.numbers || says
            where z.queue = wants.q;
        end if;
      end loop;
      through := gone <> '{}';
      for one in select j.id, j.seq, split_part(j.about, E'\n', 3)::json ->> 'key' as unique_key, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') as lane, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 as number from "version_9".job j where j.id = any(gone) order by array_position(gone, j.id) loop
        if one.lane is not null then
          perform "version_9".move_in_lane(one.lane, one.id, null);
          changed := array_remove(changed, one.lane) || one.lane;
        end if;
        keys := '{}';
        ids := '{}';
        if coalesce("version_9".leave_key(t, one.id, one.seq, one.unique_key, t, true), false) then
          select array[(case when n.keep < 0 and starts_with(split_part(n.about, E'\n', 4), ',{') then substr(split_part(n.about, E'\n', 4), 2)::json end ->> 'key')], array[n.id] into keys, ids from "version_9".key k join "version_9".job n on n.id = k.id where k.key = one.unique_key;
        end if;
        if one.number is not null then
          select keys || f.lane_keys, ids || f.lane_ids into keys, ids from "version_9".end_family(t, one.id, one.number, 'cancelled', t, false) f;
        end if;
        for i in 1..coalesce(cardinality(keys), 0) loop
          continue when keys[i] is null;
          if keys[i] <> all(lanes) then
            begin
              perform set_config('lock_timeout', '5', true);
              perform "version_9".lock_lanes(array[keys[i]]);
              lanes := lanes || keys[i];
            exception when lock_not_available then null;
            end;
            perform set_config('lock_timeout', timeout, true);
          end if;
          if keys[i] = any(lanes) then
            perform "version_9".park(t, keys[i], ids[i]);
            changed := array_remove(changed, keys[i]) || keys[i];
          else
            perform "version_9".let_through(t, array[keys[i]], array[ids[i]], array[0], true);
          end if;
        end loop;
      end loop;
      late := late || gone;
      foreach one_key in array changed loop
        if "version_9".next_in_lane(t, one_key) then through := true; end if;
      end loop;
      exit when not through or over or stuck;
    end loop;
  end loop;
  if throttled > 0 then delete from "version_9".rate where ctid = any(array(
      select r.ctid from "version_9".rate r where r.tat <= t order by r.tat limit 2 * throttled for update skip locked
    )); end if;
  return nullif(taken || array(select j.ctid from "version_9".job j where j.id = any(late)), '{}');
end
$function$;

create or replace function "version_9".release_keys(at int8, keys text, ring bool) returns table (i int4, released bool) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  one record;
  holder record;
  followed bool;
  follow bool := false;
  follower record;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
begin

  for one in select (ordinality - 1)::int4 as i, value as key from json_array_elements_text(keys::json) with ordinality loop
    followed := null;
    for round in 1..10 loop
      select j.id, j.seq into holder from "version_9".key k join "version_9".job j on j.id = k.id and j.seq = k.seq where k.key = one.key and (j.expires is null or j.expires > t) and (j.ended is null or j.ended = 'blocked' or k.until > t) for update of j;
      if found then
        followed := "version_9".leave_key(t, holder.id, holder.seq, one.key, t, false);
        exit when followed is not null;
      else
        -- Nobody has it, or it went to another job meanwhile.
        perform from "version_9".key k join "version_9".job j on j.id = k.id and j.seq = k.seq where k.key = one.key and (j.expires is null or j.expires > t) and (j.ended is null or j.ended = 'blocked' or k.until > t);
        exit when not found;
      end if;
    end loop;
    if followed then
      follow := true;
      select j.id, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') as lane into follower from "version_9".key k join "version_9".job j on j.id = k.id where k.key = one.key;
      if follower.lane is not null then
        lane_keys := lane_keys || follower.lane;
        lane_ids := lane_ids || follower.id;
      end if;
    end if;
    return query select one.i, followed is not null;
  end loop;
  if lane_keys <> '{}' then
    perform "version_9".let_through(t, lane_keys, lane_ids, array(select generate_series(1, cardinality(lane_keys))), false);
  end if;
  if ring and follow then perform pg_notify('version_9', ''); end if;
end
$function$;

create or replace function "version_9".claim_v2(at int8, wanted text, lease int8) returns table (columns text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  places tid[];
  expired bool;
  aside bool;
  bytes int8;
  short constant bool := wanted::json -> 0 ->> 's' is not null;
begin

  select array_agg(c.ctid) filter (where c.ctid is not null), bool_or(c.expired), sum(c.bytes), coalesce(bool_or(c.apart or h.limited), false)
    into places, expired, bytes, aside
  from json_to_recordset(wanted::json) as w(q text, n int4) cross join lateral (select exists (select from "version_9".queue_limit z where z.queue = w.q) or exists (select from "version_9".lane_change) as limited offset 0) h left join lateral (
    select f.ctid, f.expired, f.bytes, f.apart from generate_series(0, 9) as g(p) cross join lateral (
      select j.ctid, j.until is not null as expired, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j
      where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and (j.until is null or j.until <= t)
      order by j.due, j.seq limit w.n for update skip locked
    ) f limit w.n
  ) c on true where not (exists (select from "version_9".paused z where z.queue = w.q) or exists (select from "version_9".paused_for z where z.queue = w.q and z.until > t));
  if expired then
    select array_agg(c.ctid), sum(c.bytes), aside or coalesce(bool_or(c.apart), false) into places, bytes, aside
    from json_to_recordset(wanted::json) as w(q text, n int4) cross join lateral (
    select f.ctid, f.bytes, f.apart from generate_series(0, 9) as g(p) cross join lateral (
      with waiting as materialized (
        select j.ctid, j.due, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until is null
        order by j.due, j.seq limit w.n for update skip locked
      ), last as materialized (
        select due, seq from waiting order by due, seq offset greatest(w.n, 1) - 1 limit 1
      )
      select * from waiting union all
      select * from (
        select j.ctid, j.until, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j
        where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until <= t
          and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
        for update skip locked
      ) e
    ) f order by g.p, f.due, f.seq limit w.n
  ) c where not (exists (select from "version_9".paused z where z.queue = w.q) or exists (select from "version_9".paused_for z where z.queue = w.q and z.until > t));
  end if;
  if aside then places := "version_9".claim_limited(t, wanted, lease, places); end if;
  if places is null then return; end if;
  if aside then
    return query select json_build_object('id', array_agg(id), 'payload', array_agg(payload), 'place', array_agg(place), 'seq', array_agg(seq), 'token', array_agg(token), 'age', array_agg(age), 'waited', array_agg(waited), 'queue', array_agg(queue), 'name', array_agg(name), 'about', array_agg(about), 'priority', array_agg(priority), 'keep', array_agg(keep), 'attempt', array_agg(attempt), 'stalled', array_agg(stalled), 'why', array_agg(why), 'snoozed', array_agg(snoozed), 'late', array_agg(late))::text from (
      select j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born as age, j.waited, j.stalled, j.about, j.payload, j.why, t - j.since as snoozed, j.ctid as place, j.ended is not null as late from "version_9".job j where j.ctid = any(places)
    ) j;
  elsif bytes > 16000000 then
    select array_agg(c.ctid) into places from (
      select j.ctid, sum(octet_length(j.payload)) over (order by p.i rows unbounded preceding) as bytes, p.i
      from unnest(places) with ordinality as p(ctid, i) join "version_9".job j on j.ctid = p.ctid
    ) c where c.i = 1 or c.bytes <= 16000000;
  end if;
  -- Whoever takes n jobs removes up to 2n that are past their time, so that these never pile up.
  delete from "version_9".job where ctid = any(array(
    select j.ctid from "version_9".job j where j.expires <= t
    order by j.expires limit 2 * cardinality(places) for update skip locked
  ));
  if aside then return; end if;
  return query with j as (
    update "version_9".job j set token = nextval('"version_9".token'), attempt = j.attempt + 1, waited = t - coalesce(j.until, j.due),
      stalled = j.until is not null, claimed = t, until = t + lease
    where j.ctid = any(places)
    returning j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born as age, j.waited, j.stalled, j.about, j.payload, j.why, t - j.since as snoozed, j.ctid as place
  ), own as (
    select array_agg(id) as id, array_agg(payload) as payload, array_agg(place) as place, array_agg(seq) as seq, array_agg(token) as token, array_agg(age) as age, array_agg(waited) as waited,
      case when short and bool_and(queue = (select queue from j limit 1) and name = (select name from j limit 1) and about = (select about from j limit 1) and priority = (select priority from j limit 1) and keep = (select keep from j limit 1)) then 1 end as kinds,
      case when short and not bool_or(attempt > 1 or stalled or why is not null) then 1 end as pasts
    from j
  )
  select json_build_object('id', id, 'payload', payload, 'place', place, 'seq', seq, 'token', token, 'age', age, 'waited', waited, 'queue', queue, 'name', name, 'about', about, 'priority', priority, 'keep', keep, 'attempt', attempt, 'stalled', stalled, 'why', why, 'snoozed', snoozed)::text
  from own cross join lateral (select array_agg(queue) as queue, array_agg(name) as name, array_agg(about) as about, array_agg(priority) as priority, array_agg(keep) as keep from (select queue, name, about, priority, keep from j limit kinds) l) k cross join lateral (select array_agg(attempt) as attempt, array_agg(stalled) as stalled, array_agg(why) as why, array_agg(snoozed) as snoozed from (select attempt, stalled, why, snoozed from j limit pasts) l) p;
end
$function$;

create or replace function "version_9".claim_by_age(at int8, wanted text, lease int8) returns table (columns text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  places tid[];
  expired bool;
  aside bool;
  bytes int8;
  short constant bool := wanted::json -> 0 ->> 's' is not null;
begin

  select array_agg(c.ctid) filter (where c.ctid is not null), sum(c.bytes), coalesce(bool_or(c.apart or h.limited), false)
    into places, bytes, aside
  from json_to_recordset(wanted::json) as w(q text, n int4, a int8) cross join lateral (select exists (select from "version_9".queue_limit z where z.queue = w.q) or exists (select from "version_9".lane_change) as limited offset 0) h left join lateral (
    select f.ctid, f.bytes, f.apart from (
      select c.p, count(*) as n from (
        select g.p from generate_series(0, 9) as g(p) cross join lateral (
      with waiting as materialized (
        select j.ctid, j.due, j.seq, null from "version_9".job j where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until is null
        order by j.due, j.seq limit w.n 
      ), last as materialized (
        select due, seq from waiting order by due, seq offset greatest(w.n, 1) - 1 limit 1
      )
      select * from waiting union all
      select * from (
        select j.ctid, j.until, j.seq, null from "version_9".job j
        where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until <= t
          and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
        
      ) e
        ) f order by f.due + g.p * w.a, g.p, f.due, f.seq limit w.n
      ) c group by c.p
    ) g cross join lateral (
      select * from (
      with waiting as materialized (
        select j.ctid, j.due, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until is null
        order by j.due, j.seq limit g.n for update skip locked
      ), last as materialized (
        select due, seq from waiting order by due, seq offset greatest(g.n, 1) - 1 limit 1
      )
      select * from waiting union all
      select * from (
        select j.ctid, j.until, j.seq, octet_length(j.payload) as bytes, j.keep < 0 and (j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') or case when j.keep < 0 and j.attempt = 0 and j.until is null then coalesce((case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 5), ',{') then substr(split_part(j.about, E'\n', 5), 2)::json end ->> 'beginBy')::int8 < t, false) else false end) as apart from "version_9".job j
        where j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t and j.until <= t
          and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
        for update skip locked
      ) e
      ) l order by l.due, l.seq limit g.n
    ) f order by f.due + g.p * w.a, g.p, f.due, f.seq limit w.n
  ) c on true where not (exists (select from "version_9".paused z where z.queue = w.q) or exists (select from "version_9".paused_for z where z.queue = w.q and z.until > t));
  if aside then places := "version_9".claim_limited(t, wanted, lease, places); end if;
  if places is null then return; end if;
  if aside then
    return query select json_build_object('id', array_agg(id), 'payload', array_agg(payload), 'place', array_agg(place), 'seq', array_agg(seq), 'token', array_agg(token), 'age', array_agg(age), 'waited', array_agg(waited), 'queue', array_agg(queue), 'name', array_agg(name), 'about', array_agg(about), 'priority', array_agg(priority), 'keep', array_agg(keep), 'attempt', array_agg(attempt), 'stalled', array_agg(stalled), 'why', array_agg(why), 'snoozed', array_agg(snoozed), 'late', array_agg(late))::text from (
      select j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born as age, j.waited, j.stalled, j.about, j.payload, j.why, t - j.since as snoozed, j.ctid as place, j.ended is not null as late from "version_9".job j where j.ctid = any(places)
    ) j;
  elsif bytes > 16000000 then
    select array_agg(c.ctid) into places from (
      select j.ctid, sum(octet_length(j.payload)) over (order by p.i rows unbounded preceding) as bytes, p.i
      from unnest(places) with ordinality as p(ctid, i) join "version_9".job j on j.ctid = p.ctid
    ) c where c.i = 1 or c.bytes <= 16000000;
  end if;
  -- Whoever takes n jobs removes up to 2n that are past their time, so that these never pile up.
  delete from "version_9".job where ctid = any(array(
    select j.ctid from "version_9".job j where j.expires <= t
    order by j.expires limit 2 * cardinality(places) for update skip locked
  ));
  if aside then return; end if;
  return query with j as (
    update "version_9".job j set token = nextval('"version_9".token'), attempt = j.attempt + 1, waited = t - coalesce(j.until, j.due),
      stalled = j.until is not null, claimed = t, until = t + lease
    where j.ctid = any(places)
    returning j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born as age, j.waited, j.stalled, j.about, j.payload, j.why, t - j.since as snoozed, j.ctid as place
  ), own as (
    select array_agg(id) as id, array_agg(payload) as payload, array_agg(place) as place, array_agg(seq) as seq, array_agg(token) as token, array_agg(age) as age, array_agg(waited) as waited,
      case when short and bool_and(queue = (select queue from j limit 1) and name = (select name from j limit 1) and about = (select about from j limit 1) and priority = (select priority from j limit 1) and keep = (select keep from j limit 1)) then 1 end as kinds,
      case when short and not bool_or(attempt > 1 or stalled or why is not null) then 1 end as pasts
    from j
  )
  select json_build_object('id', id, 'payload', payload, 'place', place, 'seq', seq, 'token', token, 'age', age, 'waited', waited, 'queue', queue, 'name', name, 'about', about, 'priority', priority, 'keep', keep, 'attempt', attempt, 'stalled', stalled, 'why', why, 'snoozed', snoozed)::text
  from own cross join lateral (select array_agg(queue) as queue, array_agg(name) as name, array_agg(about) as about, array_agg(priority) as priority, array_agg(keep) as keep from (select queue, name, about, priority, keep from j limit kinds) l) k cross join lateral (select array_agg(attempt) as attempt, array_agg(stalled) as stalled, array_agg(why) as why, array_agg(snoozed) as snoozed from (select attempt, stalled, why, snoozed from j limit pasts) l) p;
end
$function$;

create or replace function "version_9".finish_v2(at int8, places text, tokens text, told bool) returns table (amount int4, finished text, ran text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_nestloop = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  p constant tid[] := places::tid[];
  k constant int8[] := tokens::int8[];
  is_counted constant bool := exists (select from "version_9".depth);
begin

  return query with f as (
    delete from "version_9".job j using (select k[i] as token from generate_series(1, cardinality(k)) i) s
    where j.ctid = any(p) and j.token = s.token and j.until is not null and j.keep = 0
    returning j.token, t - j.claimed as ran, j.queue
  ), counted as (
    insert into "version_9".depth_change (key, n, jobs) select c.queue, nextval('"version_9".seq'), c.jobs from (select f.queue, -count(*) as jobs from f where is_counted group by f.queue) c
    where exists (select from "version_9".depth d where d.key = c.queue)
  )
  select count(*)::int4, case when told or count(*) < cardinality(k) then array_to_json(array_agg(f.token))::text end,
    case when told then array_to_json(array_agg(f.ran))::text end, t from f;
end
$function$;

create or replace function "version_9".settle_v4(at int8, settlements text, ring bool, lanes text) returns table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  accepted text[];
  related text[] := '{}';
  ended record;
  step int4 := 0;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
  steps int4[] := '{}';
  follower record;
  followed bool := false;
  is_counted constant bool := exists (select from "version_9".depth);
  fates record;
begin

  select array_agg(l.id order by l.i) filter (where l.keep < 0 and l.until is not null and l.newest = l.token) into accepted from (
    select s.i, s.token, j.id, j.keep, j.until, j.token as newest from json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text) join "version_9".job j on j.id = s.id order by j.id for update of j
  ) l;
  if ring then perform pg_notify('version_9', ''); end if;
  return query with s as materialized (
    select s.*, j.ctid as place, j.token as newest, j.until, j.settled, j.ended, j.keep, j.queue, j.name, j.attempt,
      j.waited, j.claimed
    from json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text) left join "version_9".job j on j.id = s.id and (j.expires is null or j.expires > t)
  ), held as materialized (
    select * from s where s.newest = s.token and s.until is not null
  ), deleted as (
    delete from "version_9".job j using held h where j.ctid = h.place and h.type = 'complete' and h.keep = 0
  ), updated as (
    update "version_9".job j set
      until = null, settled = h.token, given = h.type = 'snooze', attempt = j.attempt - (h.type = 'snooze')::int4,
      due = case when h.type in ('retry', 'snooze') then t + h.delay else t end,
      ended = case h.type when 'complete' then 'completed' when 'dead' then 'dead' end,
      expires = case when h.type = 'complete' then t + greatest(j.keep, -1 - j.keep) end,
      result = h.result,
      why = case when h.type = 'snooze' then coalesce(h.reason, j.why) end,
      since = case when h.type <> 'snooze' then null
        when h.reason is null or h.reason = j.why or starts_with(h.reason, '"no worker has ') and starts_with(j.why, '"no worker has ') then j.since else t end,
      failures = case when h.failure is null then j.failures
        else (case when cardinality(j.failures) >= 10 then j.failures[1:1] || j.failures[3:10] else j.failures end) || ('{"attempt":' || j.attempt || ',"at":' || t || ',' || substr(h.failure, 2)) end
    from held h where j.ctid = h.place and not (h.type = 'complete' and h.keep = 0)
  ), counted as (
    insert into "version_9".depth_change (key, n, jobs) select c.queue, nextval('"version_9".seq'), c.jobs from (select h.queue, -count(*) as jobs from held h where is_counted and h.type in ('complete', 'dead') group by h.queue) c
    where exists (select from "version_9".depth d where d.key = c.queue)
  )
  select s.i, case when s.newest is null then 'gone' when s.newest <> s.token then 'stale'
      when s.until is not null then 'accepted' when s.settled = s.token then 'repeated'
      when s.ended = 'cancelled' then 'cancelled' else 'stale' end,
    s.queue, s.name, s.attempt, s.waited, t - s.claimed, t
  from s;
  if accepted is null then return; end if;
  -- In the order in which an enqueue locks them, and only those that these jobs hold.
  perform from "version_9".key k where k.id = any(accepted) and k.key = any(array(
    select split_part(j.about, E'\n', 3)::json ->> 'key' from "version_9".job j where j.id = any(accepted)
  )) order by k.key for update;
  for ended in select j.id, j.seq, j.ended, split_part(j.about, E'\n', 3)::json ->> 'key' as key, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') as lane, j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') as limited, j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') as related
    from unnest(accepted) with ordinality as a(id, i) join "version_9".job j on j.id = a.id order by a.i
  loop
    step := step + 1;
    followed := followed or ended.limited;
    if ended.lane is not null then
      lane_keys := lane_keys || ended.lane;
      lane_ids := lane_ids || ended.id;
      steps := steps || step;
    end if;
    continue when ended.ended is null;
    if "version_9".leave_key(t, ended.id, ended.seq, ended.key, t, true) then
      followed := true;
      select j.id, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') as lane into follower from "version_9".key k join "version_9".job j on j.id = k.id where k.key = ended.key;
      if follower.lane is not null then
        lane_keys := lane_keys || follower.lane;
        lane_ids := lane_ids || follower.id;
        steps := steps || step;
      end if;
    end if;
    if ended.related then related := related || ended.id; end if;
    delete from "version_9".job where id = ended.id and expires <= t and not ended.related;
  end loop;
  -- When all keys are locked: who has the row of a relative waits for nothing but lanes.
  for ended in select j.id, j.ended, (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8 as number, a.i::int4 as step, s.i
    from unnest(related) as r(id) join unnest(accepted) with ordinality as a(id, i) on a.id = r.id join json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text) on s.id = r.id
      join "version_9".job j on j.id = r.id order by a.i
  loop
    select * into fates from "version_9".end_family(t, ended.id, ended.number, ended.ended, t, lanes = 'open');
    if fates.freed + fates.buried > 0 then
      return query select ended.i, null::text, null::text, null::text, fates.freed, fates.buried::int8, null::int8, t;
    end if;
    followed := followed or fates.freed > 0;
    lane_keys := lane_keys || fates.lane_keys;
    lane_ids := lane_ids || fates.lane_ids;
    steps := steps || array_fill(ended.step, array[cardinality(fates.lane_ids)]);
    delete from "version_9".job where id = ended.id and expires <= t;
  end loop;
  if fates is not null then
    select array_agg(e.key order by e.step, e.o), array_agg(e.id order by e.step, e.o), array_agg(e.step order by e.step, e.o) into lane_keys, lane_ids, steps
      from unnest(lane_keys, lane_ids, steps) with ordinality as e(key, id, step, o);
    lane_keys := coalesce(lane_keys, '{}');
  end if;
  if lanes = 'told' then
    return query select -1, null::text, e.key, e.id, e.step, null::int8, null::int8, t from unnest(lane_keys, lane_ids, steps) as e(key, id, step);
  elsif lane_keys <> '{}' then
    perform "version_9".let_through(t, lane_keys, lane_ids, steps, lanes = 'open');
  end if;
  if not followed then return; end if;
  return query select -1, null::text, null::text, null::text, null::int4, null::int8, null::int8, t;
  if not ring then perform pg_notify('version_9', ''); end if;
end
$function$;

create or replace function "version_9".settle(at int8, settlements text, ring bool) returns table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
begin
return query select * from "version_9".settle_v4(at, settlements, ring, 'now');
end
$function$;

create or replace function "version_9".settle_in_steps_v4(at int8, steps text, ring bool, lanes text) returns table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8, place int4, state text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  step json;
  one record;
  added record;
  n int4 := 0;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
  lane_steps int4[] := '{}';
begin

  for step in select value from json_array_elements(steps::json) loop
    n := n + 1000;
    for one in select * from "version_9".settle_v4(t, step ->> 'settlements', ring, 'told') loop
      if one.i = -1 and one.queue is not null then
        lane_keys := lane_keys || one.queue;
        lane_ids := lane_ids || one.name;
        lane_steps := lane_steps || n + one.attempt;
        continue;
      end if;
      return query select one.i, one.answer, one.queue, one.name, one.attempt, one.waited, one.ran, t, null::int4, null::text;
      if one.answer = 'accepted' and step ->> 'jobs' is not null then
        if step ->> 'amount' is null then
          for added in select * from "version_9".enqueue_keyed_v4(t, step ->> 'jobs', case when ring then '' end, 'told') loop
            if added.i = -2 then
              lane_keys := lane_keys || (added.answer::json ->> 0);
              lane_ids := lane_ids || (added.answer::json ->> 1);
              lane_steps := lane_steps || n + 999;
              continue;
            end if;
            return query select one.i, 'next', null::text, null::text, null::int4, null::int8, null::int8, t, added.i, added.answer;
          end loop;
        else
          return query select one.i, 'next', null::text, null::text, null::int4, null::int8, null::int8, t, e.i, e.state
            from "version_9".enqueue_v8(t, step ->> 'jobs', (step ->> 'amount')::int4, case when ring then '' end, false) e;
        end if;
      end if;
    end loop;
  end loop;
  if lane_keys <> '{}' then perform "version_9".let_through(t, lane_keys, lane_ids, lane_steps, lanes = 'open'); end if;
end
$function$;

create or replace function "version_9".settle_in_steps_v2(at int8, steps text, ring bool) returns table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8, place int4, state text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
begin
return query select * from "version_9".settle_in_steps_v4(at, steps, ring, 'now');
end
$function$;

create or replace function "version_9".renew(at int8, leases text, lease int8) returns table (i int4, answer text, place text) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  free text[];
  late text[];
  one record;
  refused text[] := '{}';
  renewed text[] := '{}';
begin

  select array_agg(l.id), array_agg(l.queue) filter (where l.until <= t) into free, late from (
    select j.id, j.queue, j.until from json_to_recordset(leases::json) as s(i int4, id text, token int8) join "version_9".job j on j.id = s.id and j.token = s.token
    order by j.id for update of j skip locked
  ) l;
  if late is not null then
    perform from "version_9".queue_limit z where z.queue = any(late) order by z.queue for update;
    if found then
      -- One after the other, because each takes a place.
      for one in select s.id, j.queue from json_to_recordset(leases::json) as s(i int4, id text, token int8) join "version_9".job j on j.id = s.id and j.token = s.token
        where j.until <= t and s.id = any(free) order by s.i
      loop
        continue when one.id = any(refused || renewed);
        if (case when exists (select from "version_9".queue_limit z where z.queue = one.queue) then coalesce("version_9".room_in(t, one.queue) <= 0, false) else false end) then refused := refused || one.id;
        else
          update "version_9".job set until = t + lease where id = one.id;
          renewed := renewed || one.id;
        end if;
      end loop;
    end if;
  end if;
  return query with s as materialized (
    select s.i, j.id, j.ctid as place, j.until, j.ended
    from json_to_recordset(leases::json) as s(i int4, id text, token int8) left join "version_9".job j on j.id = s.id and j.token = s.token and (j.expires is null or j.expires > t)
  ), moved as (
    update "version_9".job j set until = t + lease
    from (select distinct place from s where s.until is not null and s.id = any(free) and s.id <> all(refused)) h where j.ctid = h.place returning j.id, j.ctid as moved
  )
  select s.i, case when s.until is not null and s.id <> all(refused) then 'held' when s.ended = 'cancelled' then 'cancelled' else 'lost' end, r.moved::text
  from s left join moved r on r.id = s.id;
end
$function$;

create or replace function "version_9".operate(at int8, verb text, ids text, ring bool) returns table (i int4, state text, done bool) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
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
  done bool;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
  steps int4[] := '{}';
  followed bool := false;
begin

  for one in select (ordinality - 1)::int4 as i, value as id, row_number() over (partition by value order by ordinality) as turn
    from json_array_elements_text(ids::json) with ordinality order by value collate "C", ordinality
  loop
    if one.turn > 1 then
      return query select one.i, null::text, false;
      continue;
    end if;
    select * into j from "version_9".job where id = one.id and (alone or keep >= 0) and (expires is null or expires > t) for update;
    if not found then
      return query select one.i, null::text, false from "version_9".job where not alone and id = one.id and keep < 0;
      continue;
    end if;
    was := case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end;
    lane := (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key');
    unique_key := case when j.keep < 0 then split_part(j.about, E'\n', 3)::json ->> 'key' end;
    number := (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 6), ',{') then substr(split_part(j.about, E'\n', 6), 2)::json end ->> 'n')::int8;
    fates := null;
    done := false;
    if verb = 'cancel' and (j.ended is null or j.ended = 'blocked') then
      rest := greatest(t + greatest(j.keep, -1 - j.keep), j.until);
      if rest <= t and j.keep >= 0 then delete from "version_9".job where id = one.id;
      else update "version_9".job set ended = 'cancelled', expires = rest, until = null, due = t where id = one.id;
      end if;
      if j.keep < 0 then
        -- Whoever follows starts when the worker of this one has surely learned of it.
        done := "version_9".leave_key(t, j.id, j.seq, unique_key, greatest(t, j.until), true);
        if number is not null then
          select * into fates from "version_9".end_family(t, j.id, number, 'cancelled', greatest(t, j.until), false);
        end if;
        delete from "version_9".job where id = one.id and expires <= t;
      end if;
    elsif verb = 'replay' and was in ('dead', 'cancelled')
      and (case when unique_key is null then true else "version_9".take_key(t, j.id, j.seq, split_part(j.about, E'\n', 3)::json) end) then
      update "version_9".job set ended = null, expires = null, attempt = 0, born = t, due = t, given = false, why = null, since = null,
        about = case when starts_with(split_part(about, E'\n', 5), ',{') then "version_9".patient(about, t) else about end where id = one.id;
      if number is not null then perform "version_9".revive(t, one.id); end if;
    elsif verb = 'runNow' and was in ('delayed', 'failed') then
      update "version_9".job set due = t, about = case when starts_with(split_part(about, E'\n', 5), ',{') then "version_9".patient(about, t) else about end where id = one.id;
    elsif verb = 'remove' and was <> 'active' then
      if j.keep < 0 then
        done := "version_9".leave_key(t, j.id, j.seq, unique_key, t, false);
      end if;
      delete from "version_9".job where id = one.id;
      if number is not null then
        if j.ended is null or j.ended = 'blocked' then
          select * into fates from "version_9".end_family(t, j.id, number, 'removed', t, false);
        end if;
        delete from "version_9".edge where child = number;
        delete from "version_9".edge where parent = number and buried;
      end if;
    else
      return query select one.i, was, false;
      continue;
    end if;
    return query select one.i, was, true;
    if verb <> 'runNow' and (verb <> 'remove' or j.ended is null or j.ended = 'blocked') then
      perform "version_9".add_depth(j.queue, case verb when 'replay' then 1 else -1 end);
    end if;
    if lane is not null then
      delete from "version_9".parked z where z.key = lane and z.priority = j.priority and z.due = j.due and z.seq = j.seq;
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
    if done then
      followed := true;
      select n.id, (case when n.keep < 0 and starts_with(split_part(n.about, E'\n', 4), ',{') then substr(split_part(n.about, E'\n', 4), 2)::json end ->> 'key') as lane into follower from "version_9".key k join "version_9".job n on n.id = k.id where k.key = unique_key;
      if follower.lane is not null then
        lane_keys := lane_keys || follower.lane;
        lane_ids := lane_ids || follower.id;
        steps := steps || one.i;
      end if;
    end if;
  end loop;
  if lane_keys <> '{}' then
    if "version_9".let_through(t, lane_keys, lane_ids, steps, false) then followed := true; end if;
  end if;
  if ring is not null and (ring or followed) then perform pg_notify('version_9', ''); end if;
end
$function$;

create or replace function "version_9".change(at int8, changes text, ring bool) returns table (i int4, state text, done bool) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  one record;
  j record;
  was text;
  named constant text[] := array(select distinct value ->> 'id' from json_array_elements(changes::json));
  held text[];
  lanes text[];
  apart bool;
begin

  select array_agg(l.id), array_agg(distinct (case when l.keep < 0 and starts_with(split_part(l.about, E'\n', 4), ',{') then substr(split_part(l.about, E'\n', 4), 2)::json end ->> 'key')) filter (where (case when l.keep < 0 and starts_with(split_part(l.about, E'\n', 4), ',{') then substr(split_part(l.about, E'\n', 4), 2)::json end ->> 'key') is not null) into held, lanes from (
    select j.id, j.keep, j.about from "version_9".job j where j.id = any(named) and (cardinality(named) = 1 or j.keep >= 0) order by j.id for update
  ) l;
  if lanes is not null then perform "version_9".lock_lanes(lanes); end if;
  for one in select (ordinality - 1)::int4 as i, value ->> 'id' as id, value ->> 'n' as n, (value ->> 'p')::int2 as p,
      (value ->> 'd')::int8 as d, (value ->> 'a')::int8 as a, value ->> 'h' as h, value ->> 'b' as b
    from json_array_elements(changes::json) with ordinality order by ordinality
  loop
    select * into j from "version_9".job where id = one.id and name = one.n and (expires is null or expires > t);
    continue when not found;
    if one.id = any(held) is not true then
      return query select one.i, null::text, false;
      continue;
    end if;
    was := case when j.ended is not null then j.ended when j.until > t then 'active' when j.until is not null then 'stalled' when j.due <= t then 'enqueued' when j.attempt > 0 and not j.given then 'failed' else 'delayed' end;
    if j.until is null and (j.ended is null or j.ended = 'blocked') then
      update "version_9".job set priority = coalesce(one.p, priority), payload = coalesce(one.b, payload),
        due = coalesce(greatest(coalesce(one.a, t + one.d),
          case when coalesce(one.a, one.d) is not null and keep < 0 then (split_part(about, E'\n', 3)::json ->> 'notBefore')::int8 end), due),
        about = case when one.h is null then about
          when keep < 0 then split_part(('[' || one.h || ','), E'\n', 1) || E'\n' || split_part(about, E'\n', 2) || E'\n' || split_part(about, E'\n', 3) || substr(about, 3 + length(split_part(about, E'\n', 1)) + length(split_part(about, E'\n', 2)) + length(split_part(about, E'\n', 3)))
          else '[' || one.h || coalesce(',' || (about::json -> 1)::text, '') || ']' end
        where id = one.id;
      if j.keep < 0 and coalesce(one.a, one.d) is not null then
        update "version_9".job set about = case when starts_with(split_part(about, E'\n', 5), ',{') then "version_9".patient(about, greatest(due, t)) else about end where id = one.id;
      end if;
      return query select one.i, was, true;
      if lanes is not null and (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') is not null then
        delete from "version_9".parked z where z.key = (case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key') and z.priority = j.priority and z.due = j.due and z.seq = j.seq;
        apart := j.ended = 'blocked' and not found;
        continue when apart;
        update "version_9".job set ended = null where id = one.id and ended is not null;
        perform "version_9".let_through(t, array[(case when j.keep < 0 and starts_with(split_part(j.about, E'\n', 4), ',{') then substr(split_part(j.about, E'\n', 4), 2)::json end ->> 'key')], array[one.id], array[0], false);
      end if;
    else
      return query select one.i, was, false;
    end if;
  end loop;
  if ring then perform pg_notify('version_9', ''); end if;
end
$function$;

create or replace function "version_9".due_in(at int8, queues text, schedules text) returns int8 language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  first int8;
  ends int8;
  fires int8;
begin

  if exists (select from "version_9".lane_change)
    and exists (select from json_array_elements_text(queues::json) where not (exists (select from "version_9".paused z where z.queue = value) or exists (select from "version_9".paused_for z where z.queue = value and z.until > t))) then return 0; end if;
  select min(greatest(f.due, pause.until)) into first from (select value as queue from json_array_elements_text(queues::json) where not exists (select from "version_9".paused z where z.queue = value)) q left join "version_9".paused_for pause on pause.queue = q.queue cross join generate_series(0, 9) as g(p) cross join lateral (
    select j.due from "version_9".job j where j.queue = q.queue and j.priority = g.p and j.ended is null and j.until is null order by j.due, j.seq limit 1
  ) f where not (case when exists (select from "version_9".queue_limit z where z.queue = q.queue) then coalesce("version_9".room_in(t, q.queue) <= 0, false) else false end);
  if first <= t then return 0; end if;
  select min(greatest(f.until, pause.until)) into ends from (select value as queue from json_array_elements_text(queues::json) where not exists (select from "version_9".paused z where z.queue = value)) q left join "version_9".paused_for pause on pause.queue = q.queue cross join generate_series(0, 9) as g(p) cross join lateral (
    select j.until from "version_9".job j where j.queue = q.queue and j.priority = g.p and j.ended is null and j.due <= t and j.until is not null
  ) f where f.until > t or not (case when exists (select from "version_9".queue_limit z where z.queue = q.queue) then coalesce("version_9".room_in(t, q.queue) <= 0, false) else false end);
  select min(s.upcoming) into fires from json_to_recordset(schedules::json) as r(name text, rule text)
    join "version_9".schedule s on s.name = r.name and s.rule = r.rule;
  first := least(first, ends, fires);
  return case when first > t then first - t when first is not null then 0 end;
end
$function$;

create or replace function "version_9".declare_schedules(at int8, schedules text) returns table (i int4, cursor int8, upcoming int8, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
begin

  insert into "version_9".schedule (name, rule, cursor)
    select distinct r.name, r.rule, t from json_to_recordset(schedules::json) as r(name text, rule text) order by 1, 2
    on conflict do nothing;
  return query select null::int4, null::int8, null::int8, t;
  return query select r.i, s.cursor, s.upcoming, t from json_to_recordset(schedules::json) as r(i int4, name text, rule text)
    join "version_9".schedule s on s.name = r.name and s.rule = r.rule;
end
$function$;

create or replace function "version_9".advance_schedules_v2(at int8, steps text, ring bool) returns table (i int4, moved bool, state text, now int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  step record;
  one record;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
begin

  for step in select * from json_to_recordset(steps::json)
    as s(i int4, name text, rule text, cursor int8, upto int8, upcoming int8, jobs text, keyed bool)
  loop
    update "version_9".schedule s set cursor = step.upto, upcoming = step.upcoming
      where s.name = step.name and s.rule = step.rule and s.cursor = step.cursor;
    if not found then
      return query select step.i, false, null::text, t;
    else
      return query select step.i, true, null::text, t;
      if step.keyed then
        for one in select * from "version_9".enqueue_keyed_v4(t, step.jobs, null, 'told') e where e.answer is not null loop
          if one.i = -2 then
            lane_keys := lane_keys || (one.answer::json ->> 0);
            lane_ids := lane_ids || (one.answer::json ->> 1);
          else
            return query select step.i, true, one.answer, t;
          end if;
        end loop;
      elsif step.jobs is not null then
        return query select step.i, true, e.state, t from "version_9".enqueue_v8(t, step.jobs, 1, null, false) e where e.state is not null;
      end if;
    end if;
  end loop;
  if ring then perform pg_notify('version_9', ''); end if;
  if lane_keys <> '{}' then
    perform "version_9".let_through(t, lane_keys, lane_ids, array(select generate_series(1, cardinality(lane_keys))), false);
  end if;
end
$function$;

create or replace function "version_9".oldest(at int8) returns table (queue text, waited int8) language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off set enable_hashjoin = off as $function$
#variable_conflict use_column
declare 
  t constant int8 := coalesce(at, floor(date_part('epoch', clock_timestamp()) * 1000)::int8);
  line text;
  first int8;
begin

  select j.queue into line from "version_9".job j where j.ended is null order by j.queue limit 1;
  while line is not null loop
    first := "version_9".first_due(t, line);
    if first <= t then return query select line, t - first; end if;
    select j.queue into line from "version_9".job j where j.ended is null and j.queue > line order by j.queue limit 1;
  end loop;
end
$function$;

  update "version_9".version set version = 9, 
    oldest = greatest(oldest, case found_version when 0 then 2 else 1 end);
end
$migration$;
