import { numberOf } from "./family.ts";
import { isLate } from "./expiry.ts";
import { keyIn } from "./keys.ts";
import { laneOf, limitsIn } from "./lanes.ts";
import { MOST_BYTES, WANTED, firstByAge, firstByTurn, firstInLine, leased, unpaused } from "./line.ts";
import { type SqlFunction, areNull, equals, ordered } from "./plan.ts";
import { entriesOf } from "./queue-limits.ts";
import { sweepRates } from "./rates.ts";

/** How many jobs a claim puts behind their keys: after a delay, thousands may be due together. */
const MOST_PARKED = 1_000;
/** How many changes of open transactions a claim makes good. */
const MOST_CHANGES = 1_000;

/** How long a claim that has lanes already waits for a new one, which somebody may be making. */
const A_MOMENT_MS = 5;

/** The queue and number of the loop in the place of a claim's list. */
const ONE = "(select wants.q, most as n, wants.a) w";

/**
 * Leases due jobs where some have limits or are late, and returns where they are. Those that are late end. One job
 * after the other, because each takes a place. Those that have none wait behind their key, and behind each key that has
 * changed the next job is due then: the lines are read again, until nothing more may start; also those of the next queues,
 * if late jobs have ended, which others in these may have waited for. Lanes of the `first_places` are waited for; a job of
 * another lane that is locked ends the claim of its queue.
 */
export const claimLimitedFunction = (schema: string): SqlFunction => ({
  name: "claim_limited",
  inner: true,
  parameters: "t int8, wanted text, lease int8, first_places tid[]",
  returns: "tid[]",
  declare: `
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
  taken tid[] := '{}';`,
  body: `
  with gone as (
    delete from ${schema}.lane_change where n = any(array(
      select c.n from ${schema}.lane_change c order by c.n limit ${MOST_CHANGES} for update skip locked
    )) returning n, key, id
  ) select array_agg(key order by n), array_agg(id order by n) into keys, ids from gone;
  for i in 1..coalesce(cardinality(keys), 0) loop
    continue when not starts_with(keys[i], '$');
    one_key := keys[i];
    keys[i] := null;
    if starts_with(one_key, '$parent:') then
      perform ${schema}.let_go(ids[i], split_part(one_key, ':', 2)::int8, false);
      continue;
    end if;
    for one in select e.key, e.id from ${schema}.make_good(t, one_key, ids[i]) f cross join lateral unnest(f.lane_keys, f.lane_ids) as e(key, id) loop
      keys := keys || one.key;
      ids := ids || one.id;
      perform ${schema}.park(t, one.key, one.id);
    end loop;
  end loop;
  lanes := array(
    select distinct l.key from (
      select ${limitsIn("j")} ->> 'key' as key from ${schema}.job j where j.ctid = any(first_places) and j.until is null
      union all select unnest(keys)
    ) l where l.key is not null
  );
  perform ${schema}.note_limit(t, n.queue) from (
    select distinct j.queue from ${schema}.job j where j.ctid = any(first_places) and ${limitsIn("j")} ->> 'queue' is not null
      and not exists (select from ${schema}.queue_limit z where z.queue = j.queue) order by j.queue
  ) n;
  perform from ${schema}.queue_limit z where z.queue in (select w.q from ${WANTED}) order by ${ordered("z.queue")} for update;
  if lanes <> '{}' then perform ${schema}.lock_lanes(lanes); end if;
  -- Whoever is due waits behind its key already.
  for i in 1..coalesce(cardinality(keys), 0) loop
    continue when keys[i] is null;
    perform ${schema}.move_in_lane(keys[i], ids[i], null), ${schema}.next_in_lane(t, keys[i]);
  end loop;
  for wants in select w.* from rows from (json_to_recordset(wanted::json) as (q text, n int4, a int8)) with ordinality as w(q, n, a, i) where ${unpaused(schema)} order by i loop
    left_for := wants.n;
    parked := 0;
    stuck := false;
    look := late = '{}';
    select array_agg(e.id order by e.o) as ids, array_agg(e.token order by e.o) as tokens, array_agg(e.number order by e.o) as numbers,
        count(*) filter (where j.until > t) as active, (array_agg(e.number order by e.o desc) filter (where e.number is not null))[1] as number
      into entries from ${entriesOf(schema, "wants.q")};
    limited := exists (select from ${schema}.queue_limit z where z.queue = wants.q);
    number := entries.number;
    active := entries.active;
    if limited then
      update ${schema}.queue_limit set ids = coalesce(entries.ids, '{}'), tokens = coalesce(entries.tokens, '{}'), numbers = coalesce(entries.numbers, '{}')
        where queue = wants.q;
    end if;
    loop
      changed := '{}';
      gone := '{}';
      loop
        most := least(left_for, number - active, ${MOST_PARKED} - parked);
        exit when most <= 0 or over or stuck;
        lines := null;
        if look then
          lines := array(
            select p.ctid from unnest(first_places) with ordinality as p(ctid, i) join ${schema}.job j on j.ctid = p.ctid
            where j.queue = wants.q and ${areNull("j.ended")} order by p.i limit most
          );
          expired := false;
          look := false;
        end if;
        if coalesce(lines, '{}') = '{}' then
          if wants.a is null then
            select array_agg(c.ctid), bool_or(c.expired) into lines, expired from ${ONE} cross join lateral ${firstInLine(schema, "start")} c;
          else
            select array_agg(c.ctid), false into lines, expired from ${ONE} cross join lateral ${firstByAge(schema)} c;
          end if;
        end if;
        exit when lines is null;
        if expired then
          select array_agg(c.ctid) into lines from ${ONE} cross join lateral ${firstByTurn(schema)} c;
        end if;
        keys := array(
          select distinct l.key from (
            select ${limitsIn("j")} ->> 'key' as key from ${schema}.job j where j.ctid = any(lines) and j.until is null
          ) l where l.key is not null and l.key <> all(lanes)
        );
        if keys <> '{}' then
          lanes := lanes || array(select l.key from ${schema}.lane l where l.key = any(keys) order by ${ordered("l.key")} for update skip locked);
          keys := array(select k from unnest(keys) k where not exists (select from ${schema}.lane l where l.key = k));
          begin
            perform set_config('lock_timeout', '${A_MOMENT_MS}', true);
            perform ${schema}.lock_lanes(keys);
            lanes := lanes || keys;
          exception when lock_not_available then null;
          end;
          perform set_config('lock_timeout', timeout, true);
        end if;
        if not limited then
          select bool_or(${limitsIn("j")} ->> 'queue' is not null) into limited from ${schema}.job j where j.ctid = any(lines);
          if limited then
            -- Who has lanes waits no longer for another that notes it as well.
            begin
              perform set_config('lock_timeout', '${A_MOMENT_MS}', true);
              perform ${schema}.note_limit(t, wants.q);
              perform from ${schema}.queue_limit z where z.queue = wants.q for update;
            exception when lock_not_available then stuck := true;
            end;
            perform set_config('lock_timeout', timeout, true);
            exit when stuck;
            select count(*) filter (where j.until > t), (array_agg(e.number order by e.o desc) filter (where e.number is not null))[1] into active, number
              from ${entriesOf(schema, "wants.q")};
          end if;
        end if;
        chosen := '{}';
        names := '{}';
        says := '{}';
        for one in
          select j.ctid, j.id, j.seq, j.until is not null as stalled, octet_length(j.payload) as size, ${limitsIn("j")} as limits, ${isLate("j")} as late
          from unnest(lines) with ordinality as p(ctid, i) join ${schema}.job j on j.ctid = p.ctid order by p.i
        loop
          exit when number <= active;
          if one.late then
            stuck := one.limits ->> 'key' is not null and one.limits ->> 'key' <> all(lanes) or not ${schema}.expire(t, one.id);
            exit when stuck;
            gone := gone || one.id;
            left_for := left_for - 1;
            continue;
          end if;
          over := bytes > 0 and bytes + one.size > ${MOST_BYTES};
          exit when over;
          if one.limits ->> 'key' is not null and not one.stalled then
            stuck := one.limits ->> 'key' <> all(lanes);
            exit when stuck;
            changed := array_remove(changed, one.limits ->> 'key') || (one.limits ->> 'key');
            if ${schema}.running_in(one.limits ->> 'key', (one.limits ->> 'running')::int4, names) >= (one.limits ->> 'running')::int4
              or coalesce(one.limits -> 'rate', one.limits -> 'ordered') is not null and ${schema}.must_wait(t, one.limits, one.id) then
              perform ${schema}.park(t, one.limits ->> 'key', one.id), ${schema}.move_in_lane(one.limits ->> 'key', one.id, null);
              parked := parked + 1;
              continue;
            end if;
            perform ${schema}.move_in_lane(one.limits ->> 'key', one.id, one.seq);
            if one.limits -> 'rate' is not null then
              perform ${schema}.count_start(t, one.limits ->> 'key', one.limits -> 'rate');
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
          update ${schema}.job j ${leased(schema)} where j.ctid = any(chosen) returning j.ctid, j.id, j.token
        )
        select array_agg(u.ctid order by n.i) as places, array_agg(u.token order by n.i) as tokens into entries
          from unnest(names) with ordinality as n(id, i) join u on u.id = n.id;
        taken := taken || entries.places;
        if limited then
          update ${schema}.queue_limit z set ids = z.ids || names, tokens = z.tokens || entries.tokens, numbers = z.numbers || says
            where z.queue = wants.q;
        end if;
      end loop;
      through := gone <> '{}';
      for one in select j.id, j.seq, ${keyIn("j.about")} ->> 'key' as unique_key, ${laneOf("j")} as lane, ${numberOf("j")} as number from ${schema}.job j where j.id = any(gone) order by array_position(gone, j.id) loop
        if one.lane is not null then
          perform ${schema}.move_in_lane(one.lane, one.id, null);
          changed := array_remove(changed, one.lane) || one.lane;
        end if;
        keys := '{}';
        ids := '{}';
        if coalesce(${schema}.leave_key(t, one.id, one.seq, one.unique_key, t, true), false) then
          select array[${laneOf("n")}], array[n.id] into keys, ids from ${schema}.key k join ${schema}.job n on ${equals("n.id", "k.id")} where k.key = one.unique_key;
        end if;
        if one.number is not null then
          select keys || f.lane_keys, ids || f.lane_ids into keys, ids from ${schema}.end_family(t, one.id, one.number, 'cancelled', t, false) f;
        end if;
        for i in 1..coalesce(cardinality(keys), 0) loop
          continue when keys[i] is null;
          if keys[i] <> all(lanes) then
            begin
              perform set_config('lock_timeout', '${A_MOMENT_MS}', true);
              perform ${schema}.lock_lanes(array[keys[i]]);
              lanes := lanes || keys[i];
            exception when lock_not_available then null;
            end;
            perform set_config('lock_timeout', timeout, true);
          end if;
          if keys[i] = any(lanes) then
            perform ${schema}.park(t, keys[i], ids[i]);
            changed := array_remove(changed, keys[i]) || keys[i];
          else
            perform ${schema}.let_through(t, array[keys[i]], array[ids[i]], array[0], true);
          end if;
        end loop;
      end loop;
      late := late || gone;
      foreach one_key in array changed loop
        if ${schema}.next_in_lane(t, one_key) then through := true; end if;
      end loop;
      exit when not through or over or stuck;
    end loop;
  end loop;
  if throttled > 0 then ${sweepRates(schema, "2 * throttled")}; end if;
  return nullif(taken || array(select j.ctid from ${schema}.job j where j.id = any(late)), '{}');`,
});
