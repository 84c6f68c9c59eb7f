import { patientFrom } from "./expiry.ts";
import { HELD, diesWith, numberOf, parentsOf, waits } from "./family.ts";
import { type SqlFunction, equals } from "./plan.ts";

/** What a row has that begins again. */
export function reborn(schema: string): string {
  return `ended = null, expires = null, attempt = 0, born = t, due = t, given = false, why = null, since = null,
        about = ${patientFrom(schema, "about", "t")}`;
}

/**
 * A locked job with relatives begins again: it waits for those of its parents that have not ended, and its children that
 * were dead with it wait for it. A child that somebody else has stays as it is.
 */
export const reviveFunction = (schema: string): SqlFunction => ({
  name: "revive",
  inner: true,
  parameters: "t int8, job_id text",
  returns: "void",
  declare: `
  line text;
  ids text[] := array[job_id];
  place int4 := 1;
  c record;
  d record;
  e record;
  failed record;`,
  body: `
  while place <= cardinality(ids) loop
    select j.id, j.keep, j.about, ${numberOf("j")} as number into c from ${schema}.job j where id = ids[place];
    delete from ${schema}.edge where child = c.number;
    insert into ${schema}.edge (child, parent, child_id, parent_id, dies, how)
      select c.number, a.n::int8, c.id, p.id, ${diesWith("c")}, nullif(p.ended, 'blocked') from ${parentsOf(schema, "c", "t")};
    update ${schema}.job set expires = expires + ${HELD} where ctid = any(array(
      select j.ctid from ${schema}.edge z join ${schema}.job j on ${equals("j.id", "z.parent_id")} where z.child = c.number and j.expires < ${HELD} for update of j skip locked
    ));
    if ${waits(schema, "c.number")} then update ${schema}.job set ended = 'blocked' where id = c.id; end if;
    for e in select z.child, z.child_id, z.buried from ${schema}.edge z where z.parent = c.number and (z.buried or z.how is not null) order by z.child loop
      select j.id, j.keep, j.about, j.ended, ${numberOf("j")} as number into d from ${schema}.job j where id = e.child_id for update skip locked;
      continue when not found or d.number is distinct from e.child;
      if not e.buried then
        if ${waits(schema, "e.child")} then update ${schema}.edge set how = null where child = e.child and parent = c.number; end if;
        continue;
      end if;
      select p.id, p.ended, a.n::int8 as number into failed from ${parentsOf(schema, "d", "t")}
        where p.ended in ('dead', 'cancelled') order by a.o limit 1;
      if found then
        delete from ${schema}.edge where child = e.child;
        insert into ${schema}.edge (child, parent, child_id, parent_id, dies, how, buried)
          values (e.child, failed.number, e.child_id, failed.id, true, failed.ended, true);
      else
        update ${schema}.job set ${reborn(schema)} where id = e.child_id returning queue into line;
        perform ${schema}.add_depth(line, 1);
        ids := ids || e.child_id;
      end if;
    end loop;
    place := place + 1;
  end loop;`,
});
