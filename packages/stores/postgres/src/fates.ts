import { buriedWith } from "@longshore/core/adapter";
import { patientFrom } from "./expiry.ts";
import { HELD, IS_SNAPSHOT, diesWith, hasChildren, numberOf, parentsOf, waits } from "./family.ts";
import { laneOf } from "./lanes.ts";
import type { SqlFunction } from "./plan.ts";
import { withFailure } from "./tables.ts";

/** How a parent has failed, as the core says it. */
const HOW = (["dead", "cancelled", "removed"] as const)
  .map(
    (how) => `when '${how}' then '${buriedWith("", how, 0, 0).message.replace("The job ", "").replaceAll("'", "''")}'`,
  )
  .join(" ");

/** A locked job, which waited for its parents, is dead with one of them. */
export const buryFunction = (schema: string): SqlFunction => ({
  name: "bury",
  inner: true,
  parameters: "t int8, job_id text, number int8, parent_number int8, parent_name text, ended_so text, open bool",
  returns: "void",
  declare: "line text;",
  body: `
  update ${schema}.job j set ended = 'dead', due = t, failures = ${withFailure("j", `'{"attempt":' || j.attempt || ',"at":' || t || ',"message":' || to_json('The job ' || parent_name || case ended_so ${HOW} end) || '}'`)}
    where id = job_id returning j.queue into line;
  perform ${schema}.add_depth(line, -1);
  update ${schema}.edge set buried = true, how = ended_so where child = number and parent = parent_number;
  perform ${schema}.leave_parents(number, open), ${schema}.let_go(parent_name, parent_number, open);`,
});

/**
 * Tells a child how one of its parents has ended. Returns what becomes of it by that: it is \`freed\` or \`buried\`. If somebody
 * has the child's row, or in an open transaction of the user's, the next claim does it.
 */
export const tellChildFunction = (schema: string): SqlFunction => ({
  name: "tell_child",
  inner: true,
  parameters: "t int8, number int8, child_name text, parent_number int8, ended_so text, not_before int8, open bool",
  returns: "text",
  declare: "e record;",
  body: `
  if open then
    insert into ${schema}.lane_change values (nextval('${schema}.seq'), '$child:' || ended_so || ':' || parent_number || ':' || not_before, child_name);
    return null;
  end if;
  perform from ${schema}.job where id = child_name for update skip locked;
  if not found then
    if exists (select from ${schema}.job where id = child_name) then
      return ${schema}.tell_child(t, number, child_name, parent_number, ended_so, not_before, true);
    end if;
    -- Somebody has deleted it in the table.
    delete from ${schema}.edge where child = number;
    return null;
  end if;
  update ${schema}.edge set how = ended_so where child = number and parent = parent_number and how is null and not buried
    returning dies, parent_id into e;
  if not found then return null; end if;
  if e.dies and ended_so <> 'completed' then
    perform from ${schema}.job j where id = child_name and ended = 'blocked' and ${numberOf("j")} = number;
    if not found then return null; end if;
    perform ${schema}.bury(t, child_name, number, parent_number, e.parent_id, ended_so, open);
    return 'buried';
  end if;
  if ${waits(schema, "number")} then
    if ${IS_SNAPSHOT} then update ${schema}.job set due = due where id = child_name; end if;
    return null;
  end if;
  update ${schema}.job j set ended = null, due = greatest(due, t, not_before), about = ${patientFrom(schema, "about", "greatest(due, t, not_before)")}
    where id = child_name and ended = 'blocked' and ${numberOf("j")} = number;
  return case when found then 'freed' end;`,
});

const FATES = "table (freed int4, buried int4, lane_keys text[], lane_ids text[])";

/**
 * A job has ended for its parents and for its children, whose children may be dead with them. Returns how many of these are
 * freed and buried, and of the freed ones with limits the keys and the ids.
 */
export const endFamilyFunction = (schema: string): SqlFunction => ({
  name: "end_family",
  inner: true,
  parameters: "t int8, job_id text, number int8, ended_so text, not_before int8, open bool",
  returns: FATES,
  declare: `
  numbers int8[] := array[number];
  e record;
  fate text;
  lane text;
  place int4 := 1;`,
  body: `
  freed := 0;
  buried := 0;
  lane_keys := '{}';
  lane_ids := '{}';
  perform ${schema}.leave_parents(number, open);
  while place <= cardinality(numbers) loop
    for e in select child, child_id from ${schema}.edge z where z.parent = numbers[place] and z.how is null and not z.buried order by child loop
      fate := ${schema}.tell_child(t, e.child, e.child_id, numbers[place], case place when 1 then ended_so else 'dead' end, case place when 1 then not_before else t end, open);
      if fate = 'buried' then
        buried := buried + 1;
        numbers := numbers || e.child;
      elsif fate = 'freed' then
        freed := freed + 1;
        select ${laneOf("j")} into lane from ${schema}.job j where id = e.child_id;
        if lane is not null then
          lane_keys := lane_keys || lane;
          lane_ids := lane_ids || e.child_id;
        end if;
      end if;
    end loop;
    place := place + 1;
  end loop;
  update ${schema}.job set expires = expires + ${HELD} where id = job_id and expires < ${HELD} and ${hasChildren(schema, "number")};
  return next;`,
});

/** Tells a child what a note says, and its own children. Returns those that are freed, as the end of a job does. */
export const makeGoodFunction = (schema: string): SqlFunction => ({
  name: "make_good",
  inner: true,
  parameters: "t int8, note text, child_name text",
  returns: "table (lane_keys text[], lane_ids text[])",
  declare: `
  number int8;
  fate text;
  parent_number constant int8 := split_part(note, ':', 3);`,
  body: `
  select z.child into number from ${schema}.edge z where z.parent = parent_number and z.child_id = child_name and z.how is null and not z.buried;
  if not found then return; end if;
  fate := ${schema}.tell_child(t, number, child_name, parent_number, split_part(note, ':', 2), split_part(note, ':', 4)::int8, false);
  if fate = 'buried' then
    return query select f.lane_keys, f.lane_ids from ${schema}.end_family(t, child_name, number, 'dead', t, false) f;
  elsif fate = 'freed' then
    return query select array[${laneOf("j")}], array[j.id] from ${schema}.job j where j.id = child_name and ${laneOf("j")} is not null;
  end if;`,
});

/** A child that a call has created and linked waits, is dead from the beginning, or may start. */
export const beginFunction = (schema: string): SqlFunction => ({
  name: "begin_child",
  inner: true,
  parameters: "t int8, child_name text",
  returns: "void",
  declare: `
  c record;
  failed record;`,
  body: `
  select j.keep, j.about, ${numberOf("j")} as number into c from ${schema}.job j where id = child_name and ended = 'blocked';
  if not found then return; end if;
  select p.id, p.ended, a.n::int8 as number into failed from ${parentsOf(schema, "c", "t")}
    where ${diesWith("c")} and p.ended in ('dead', 'cancelled') order by a.o limit 1;
  if found then
    perform ${schema}.bury(t, child_name, c.number, failed.number, failed.id, failed.ended, false);
    perform ${schema}.end_family(t, child_name, c.number, 'dead', t, false);
  elsif not ${waits(schema, "c.number")} then
    update ${schema}.job set ended = null where id = child_name;
  end if;`,
});
