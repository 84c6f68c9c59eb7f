import type { NewJob } from "@longshore/core/adapter";
import { LIMITS, hasPart, partOf } from "./about.ts";
import { keyLine, lockFunction } from "./keys.ts";
import { type SqlFunction, areNull, equals } from "./plan.ts";
import { encodeText } from "./text.ts";

/*
 * The jobs with one key of a limit are its lane: those that run, the one that may start, and those that wait behind both.
 * The last have a row of `parked` each, and `blocked` for an end, so that they are in no line. Of the others, the row of
 * the key lists the names: what it says counts only as far as these jobs are leased, or wait for their claim.
 *
 * Lanes are locked last, after jobs and unique keys, in the order of their keys. Who has one waits for no other lock, and
 * passes over a parked job that is locked. In an open transaction of the user's nobody locks them: until it commits, all
 * others of the key would wait. It notes in `lane_change` what it did to a key, and the next claim looks at it.
 */

/** What version 4 adds for the keys of limits. */
export function laneTables(schema: string): string {
  return `
create table ${schema}.lane (
  key text collate "C" primary key,
  ready_id text collate "C",
  ready_seq int8,
  ids text[] not null default '{}',
  seqs int8[] not null default '{}'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create table ${schema}.parked (
  key text collate "C",
  priority int2,
  due int8,
  seq int8,
  id text collate "C" not null,
  running int4,
  primary key (key, priority, due, seq)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create table ${schema}.lane_change (
  n int8 primary key,
  key text collate "C" not null,
  id text collate "C" not null
);
`;
}

export function keptLimits({ limits }: NewJob): object | undefined {
  if (limits === undefined) return undefined;
  const { key } = limits;
  return { ...limits, key: key === undefined ? undefined : encodeText(key) };
}

/** Whether the row `j` has limits. */
export function isLimited(j: string): string {
  return hasPart(j, LIMITS);
}
/** The limits of the row `j`, as JSON; null if it has none. */
export function limitsIn(j: string): string {
  return partOf(j, LIMITS);
}
/** Whether the row `j` goes on standing before the others of its key when it was let through. */
function isOrdered(j: string): string {
  return `coalesce((${limitsIn(j)} ->> 'ordered')::bool, false)`;
}
/** The job `j` of a lane `l` that was let through and waits for its claim. */
function readyIn(schema: string): string {
  return `${schema}.lane l join ${schema}.job j on ${equals("j.id", "l.ready_id")} and j.seq = l.ready_seq and ${areNull("j.ended", "j.until")}`;
}
/** In front of the id of a job that has lost its turn, whatever its order says. */
export const LEFT = "$left:";
/** The key of its limit, if it has one. */
export function laneOf(j: string): string {
  return `(${limitsIn(j)} ->> 'key')`;
}
/** Whether the row `j` is parked, and where. */
export function parkedAt(schema: string, j: string): string {
  return `${schema}.parked z where z.key = ${laneOf(j)} and z.priority = ${j}.priority and z.due = ${j}.due and z.seq = ${j}.seq`;
}

export const lockLanesFunction = (schema: string): SqlFunction => lockFunction("lock_lanes", "lane", schema);

/**
 * How many jobs run in a locked lane. Only if it looks full, the rows of these jobs are asked. A claim has chosen `mine`, and
 * leases them when it has looked at all.
 */
export const runningFunction = (schema: string): SqlFunction => ({
  name: "running_in",
  inner: true,
  parameters: "lane_key text, most int4, mine text[]",
  returns: "int4",
  declare: `
  amount int4;
  left_ids text[];
  left_seqs int8[];`,
  body: `
  select cardinality(ids) into amount from ${schema}.lane where key = lane_key;
  if most is null or coalesce(amount, 0) < most then return coalesce(amount, 0); end if;
  select array_agg(e.id), array_agg(e.seq) into left_ids, left_seqs
    from ${schema}.lane l cross join lateral unnest(l.ids, l.seqs) as e(id, seq)
    join ${schema}.job j on ${equals("j.id", "e.id")} and j.seq = e.seq and (j.until is not null or j.id = any(mine))
    where l.key = lane_key;
  if coalesce(cardinality(left_ids), 0) < amount then
    update ${schema}.lane set ids = coalesce(left_ids, '{}'), seqs = coalesce(left_seqs, '{}') where key = lane_key;
  end if;
  return coalesce(cardinality(left_ids), 0);`,
});

/**
 * In a locked lane, a job starts with a number (`started`), or, if that is null, neither runs nor may start any more.
 * One that is in order and has not ended keeps its turn, unless it has left.
 */
export const moveInLaneFunction = (schema: string): SqlFunction => ({
  name: "move_in_lane",
  inner: true,
  parameters: "lane_key text, job_id text, started int8",
  returns: "void",
  declare: `
  l record;
  one record;
  nth int4;
  first int8;
  has_left constant bool := starts_with(job_id, '${LEFT}');`,
  body: `
  if has_left then job_id := substr(job_id, ${LEFT.length + 1}); end if;
  select ids, seqs, ready_id, ready_seq into l from ${schema}.lane where key = lane_key;
  nth := array_position(l.ids, job_id);
  if started is null and (nth is not null or l.ready_id = job_id) then
    select j.until, j.seq, j.ended is null and ${isOrdered("j")} as stands into one from ${schema}.job j where j.id = job_id;
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
  insert into ${schema}.lane (key, ids, seqs) values (lane_key, coalesce(l.ids, '{}'), coalesce(l.seqs, '{}'))
    on conflict (key) do update set ids = excluded.ids, seqs = excluded.seqs, ready_seq = coalesce(first, lane.ready_seq),
      ready_id = case when first is null then nullif(lane.ready_id, job_id) else job_id end;`,
});

/** Behind a key whose lane is locked, the first job may start when its rate lets it, if there is a place and none is ready. */
export const nextInLaneFunction = (schema: string): SqlFunction => ({
  name: "next_in_lane",
  inner: true,
  parameters: "t int8, lane_key text",
  returns: "bool",
  declare: `
  p record;
  nth int8;`,
  body: `
  perform from ${readyIn(schema)} where l.key = lane_key;
  if found then return false; end if;
  select z.*, ${limitsIn("j")} -> 'rate' as rate, ${keyLine("j.about")} as unique_key into p
    from ${schema}.parked z join ${schema}.job j on ${equals("j.id", "z.id")} and j.seq = z.seq and j.ended = 'blocked'
    where z.key = lane_key order by z.priority, z.due, z.seq limit 1 for update of j skip locked;
  if not found then
    delete from ${schema}.lane l where l.key = lane_key and ids = '{}'
      and not exists (select from ${schema}.parked z where z.key = lane_key);
    return false;
  end if;
  if ${schema}.running_in(lane_key, p.running, '{}') >= p.running then return false; end if;
  nth := nextval('${schema}.seq');
  if p.unique_key <> 'null' then
    perform from ${schema}.key k where k.key = p.unique_key::json ->> 'key' and k.id = p.id and k.seq = p.seq;
    if found then
      perform from ${schema}.key k where k.key = p.unique_key::json ->> 'key' and k.id = p.id and k.seq = p.seq for update skip locked;
      if not found then
        -- Who has a lane does not wait for a key: the next claim looks again.
        insert into ${schema}.lane_change values (nth, lane_key, p.id);
        return false;
      end if;
      update ${schema}.key k set seq = nth where k.key = p.unique_key::json ->> 'key';
    end if;
  end if;
  update ${schema}.job set ended = null, due = case when p.rate is null then t else ${schema}.opens_at(t, lane_key, p.rate) end, seq = nth where id = p.id;
  delete from ${schema}.parked z where z.key = lane_key and z.priority = p.priority and z.due = p.due and z.seq = p.seq;
  update ${schema}.lane set ready_id = p.id, ready_seq = nth where key = lane_key;
  return true;`,
});

/** Whether a job of a locked lane that has a place must wait, for another's turn or for its rate. */
export const mustWaitFunction = (schema: string): SqlFunction => ({
  name: "must_wait",
  inner: true,
  parameters: "t int8, limits json, job_id text",
  returns: "bool",
  body: `
  if limits -> 'rate' is not null and ${schema}.opens_at(t, limits ->> 'key', limits -> 'rate') > t then return true; end if;
  return limits -> 'ordered' is not null and exists (select from ${readyIn(schema)} where l.key = limits ->> 'key' and j.id <> job_id);`,
});

/** A locked job that is due and could be claimed waits behind its key, unless it has its turn in order. */
export const parkFunction = (schema: string): SqlFunction => ({
  name: "park",
  inner: true,
  parameters: "t int8, lane_key text, job_id text",
  returns: "void",
  body: `
  with p as (
    update ${schema}.job j set ended = 'blocked'
      where j.id = job_id and ${areNull("j.ended", "j.until")} and j.due <= t and ${laneOf("j")} = lane_key
        and case when ${isOrdered("j")} then not exists (
          select from ${schema}.lane l where l.key = lane_key and (l.ready_id = j.id and l.ready_seq = j.seq
            or exists (select from unnest(l.ids, l.seqs) as e(id, seq) where e.id = j.id and e.seq = j.seq))
        ) else true end
      returning j.priority, j.due, j.seq, (${limitsIn("j")} ->> 'running')::int4 as running
  )
  insert into ${schema}.parked (key, priority, due, seq, id, running) select lane_key, p.priority, p.due, p.seq, job_id, p.running from p;`,
});

/**
 * The last that a verb does: its jobs `ids` have moved, each in the lane of its key, in steps. Whoever is due waits
 * behind its key, and at the end of each step the first job of each may start. Returns whether any may. `open`: in an
 * open transaction of the user's.
 */
export const letThroughFunction = (schema: string): SqlFunction => ({
  name: "let_through",
  inner: true,
  parameters: "t int8, keys text[], ids text[], steps int4[], open bool",
  returns: "bool",
  declare: `
  changed text[] := '{}';
  one text;
  started bool := false;`,
  body: `
  if not open then perform ${schema}.lock_lanes(array(select distinct k from unnest(keys) k)); end if;
  for i in 1..coalesce(cardinality(keys), 0) loop
    perform ${schema}.park(t, keys[i], ids[i]);
    if open then
      insert into ${schema}.lane_change values (nextval('${schema}.seq'), keys[i], ids[i]);
      continue;
    end if;
    perform ${schema}.move_in_lane(keys[i], ids[i], null);
    if keys[i] <> all(changed) then changed := changed || keys[i]; end if;
    continue when steps[i + 1] = steps[i];
    foreach one in array changed loop
      if ${schema}.next_in_lane(t, one) then started := true; end if;
    end loop;
    changed := '{}';
  end loop;
  return started or open;`,
});
