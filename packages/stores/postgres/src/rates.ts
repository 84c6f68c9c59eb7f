import type { SqlFunction } from "./plan.ts";

/*
 * A key with a rate has one number, from which the core computes when its next job may start (`opensAt`): a row of its
 * own, because a column of the table of lanes would wait for whoever reads that. Who reads or writes it has locked the
 * lane of the key.
 */

/** What version 6 adds for rates. `tat`: ms since the epoch, perhaps a fraction. */
export function rateTable(schema: string): string {
  return `
create table ${schema}.rate (key text collate "C" primary key, tat float8 not null)
  with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index rate_over on ${schema}.rate (tat);
`;
}

const PARTS = `
  every constant float8 := says ->> 'everyMs';
  burst constant float8 := says ->> 'burst';`;
/** One that is further off was not made by this rate: it counts for nothing. */
const MADE = "r.tat <= t + (burst + 1) * every";

/** When the rate that a job says lets the next one of its key start, or now. */
export const opensAtFunction = (schema: string): SqlFunction => ({
  name: "opens_at",
  inner: true,
  parameters: "t int8, lane_key text, says json",
  returns: "int8",
  declare: PARTS,
  body: `
  return greatest(t, (select ceil(r.tat - (burst - 1) * every)::int8 from ${schema}.rate r where r.key = lane_key and ${MADE}));`,
});

/** A job of a key starts. */
export const countStartFunction = (schema: string): SqlFunction => ({
  name: "count_start",
  inner: true,
  parameters: "t int8, lane_key text, says json",
  returns: "void",
  declare: PARTS,
  body: `
  insert into ${schema}.rate as r values (lane_key, t + every)
    on conflict (key) do update set tat = case when ${MADE} then greatest(r.tat, t) else t end + every;`,
});

/** Removes rows that let any job start. The last that a claim does: who has a lane may wait for one of these. */
export function sweepRates(schema: string, most: string): string {
  return `delete from ${schema}.rate where ctid = any(array(
      select r.ctid from ${schema}.rate r where r.tat <= t order by r.tat limit ${most} for update skip locked
    ))`;
}
