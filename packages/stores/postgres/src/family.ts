import { FAMILY, hasPart, partOf } from "./about.ts";
import { type SqlFunction, equals } from "./plan.ts";

/*
 * A job that comes after others, and one that others come after, has a number in a line of `about`: a later job with its id
 * is no relative. A child lists there its parents, and has a row of `edge` for each until it has ended: `how` tells how the
 * parent ended, and is null while the child waits for it. Of a child that is dead with a parent, the edge to that one stays,
 * as `buried`.
 *
 * Whoever writes the edges of a child has locked its row. Nobody waits for that lock with another in hand: where somebody
 * else has it, a note among the changes of lanes tells the next claim what has ended. So two parents that end at once do
 * not both see the other one open.
 */

/** A parent that has ended is kept for its children by a time so far off; without it, it has the time that it would have. */
export const HELD = "1152921504606846976";

/**
 * Whether a transaction does not see what was committed since its first statement. Two of these that write to other edges of
 * one child would not see each other's: one must write to the child's row, so that the other is undone and repeated.
 */
export const IS_SNAPSHOT = "current_setting('transaction_isolation') <> 'read committed'";

/** What version 5 adds for jobs that come after others. */
export function edgeTable(schema: string): string {
  return `
create table ${schema}.edge (
  child int8,
  parent int8,
  child_id text collate "C" not null,
  parent_id text collate "C" not null,
  dies bool not null,
  how text,
  buried bool not null default false,
  primary key (child, parent)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index edge_open on ${schema}.edge (child) where how is null;
create index edge_parent on ${schema}.edge (parent) where not buried;
create index edge_buried on ${schema}.edge (parent) where buried;
`;
}

/** Whether the row `j` has relatives. */
export function hasFamily(j: string): string {
  return hasPart(j, FAMILY);
}
/** The number of the row `j` among its relatives; null if it has none. */
export function numberOf(j: string): string {
  return `(${partOf(j, FAMILY)} ->> 'n')::int8`;
}
/** Whether a job, by its number, waits for its parents. */
export function waits(schema: string, number: string): string {
  return `exists (select from ${schema}.edge z where z.child = ${number} and z.how is null)`;
}
/** Whether some of a job's children have not ended. */
export function hasChildren(schema: string, number: string): string {
  return `exists (select from ${schema}.edge z where z.parent = ${number} and not z.buried)`;
}

/** The number of a locked job, which gets one, if it has none, and what else its line shall tell. */
export const memberFunction = (schema: string): SqlFunction => ({
  name: "member",
  inner: true,
  parameters: "job_id text, known int8, tells json",
  returns: "int8",
  declare: `
  j record;
  n int8;
  lines text[];`,
  body: `
  select keep, about into j from ${schema}.job where id = job_id;
  n := coalesce(${numberOf("j")}, known, nextval('${schema}.seq'));
  if ${hasFamily("j")} and tells is null then return n; end if;
  if j.keep < 0 then
    lines := string_to_array(j.about, E'\\n');
    lines := lines[:cardinality(lines) - 1];
  else
    lines := array['[' || (j.about::json -> 0) || ',', coalesce((j.about::json -> 1)::text, 'null') || ',', 'null'];
  end if;
  lines := lines[:${FAMILY - 1}] || array_fill(',null'::text, array[greatest(${FAMILY - 1} - cardinality(lines), 0)]);
  lines := lines || (',{"n":' || n || coalesce(',"of":' || tells, '') || '}') || ']'::text;
  update ${schema}.job set about = array_to_string(lines, E'\\n'), keep = least(keep, -1 - keep) where id = job_id;
  return n;`,
});

/** Whether the row `c` is dead with a parent that fails. */
export function diesWith(c: string): string {
  return `(${partOf(c, FAMILY)} -> 'of' ->> 'dies')::bool`;
}

/** The parents that the row `c` lists, as far as they stand: rows \`p\`, in their order \`o\`. */
export function parentsOf(schema: string, c: string, t: string): string {
  const listed = (name: string): string => `json_array_elements_text(${partOf(c, FAMILY)} -> 'of' -> '${name}')`;
  return `rows from (${listed("ids")}, ${listed("parents")}) with ordinality as a(id, n, o)
    join ${schema}.job p on ${equals("p.id", "a.id")} and (p.expires is null or p.expires > ${t}) and ${numberOf("p")} = a.n::int8`;
}

/** Links a child that a call has created with its parents, which stand and are locked. */
export const linkFunction = (schema: string): SqlFunction => ({
  name: "link",
  inner: true,
  parameters: "child_name text, parents text[], dies_with bool",
  returns: "void",
  declare: `
  n int8;
  numbers int8[];`,
  body: `
  numbers := array(select ${schema}.member(u.p, null, null) from unnest(parents) with ordinality as u(p, o) order by u.o);
  n := ${schema}.member(child_name, null, json_build_object('dies', dies_with, 'ids', parents, 'parents', numbers));
  insert into ${schema}.edge (child, parent, child_id, parent_id, dies, how)
    select n, u.m, child_name, u.p, dies_with, nullif(j.ended, 'blocked') from unnest(parents, numbers) as u(p, m) join ${schema}.job j on ${equals("j.id", "u.p")};
  update ${schema}.job set expires = expires + ${HELD} where id = any(parents) and expires < ${HELD};`,
});

/** A child has ended: its parents are kept for it no longer. */
export const leaveParentsFunction = (schema: string): SqlFunction => ({
  name: "leave_parents",
  inner: true,
  parameters: "child_number int8, open bool",
  returns: "void",
  declare: `
  ids text[];
  numbers int8[];`,
  body: `
  with gone as (delete from ${schema}.edge where child = child_number and not buried returning parent, parent_id)
    select array_agg(parent_id), array_agg(parent) into ids, numbers from gone;
  for i in 1..coalesce(cardinality(ids), 0) loop
    perform ${schema}.let_go(ids[i], numbers[i], open);
  end loop;`,
});

/** A parent that has ended is kept for its children no longer, if none is left. */
export const letGoFunction = (schema: string): SqlFunction => ({
  name: "let_go",
  inner: true,
  parameters: "job_id text, number int8, open bool",
  returns: "void",
  body: `
  if not open then
    perform from ${schema}.job where id = job_id for update skip locked;
    if found then
      update ${schema}.job j set expires = expires - case when ${hasChildren(schema, "number")} then 0 else ${HELD} end
        where id = job_id and expires >= ${HELD} and ${numberOf("j")} = number and (${IS_SNAPSHOT} or not ${hasChildren(schema, "number")});
      return;
    end if;
  end if;
  insert into ${schema}.lane_change select nextval('${schema}.seq'), '$parent:' || number, job_id
    where exists (select from ${schema}.job where id = job_id);`,
});
