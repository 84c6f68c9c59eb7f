import { isLate } from "./expiry.ts";
import { isLimited } from "./lanes.ts";
import { isPaused } from "./pauses.ts";

/** A claim ends before the job that would make its answer longer than this, in bytes of payloads. */
export const MOST_BYTES = 16_000_000;

/** The queues of a claim, `w`, and how many jobs of each. `h`: where it begins in the line of each priority. `f`: to find that anew. */
export const WANTED = "json_to_recordset(wanted::json) as w(q text, n int4, h int8[], f bool)";

export function unpaused(schema: string): string {
  return `not ${isPaused(schema, "w.q", "t")}`;
}
/** Whether a claim must look whether the jobs of a queue may start: a row, so that it is asked once and not for each job. */
export function hasLimit(schema: string): string {
  return `(select exists (select from ${schema}.queue_limit z where z.queue = w.q) or exists (select from ${schema}.lane_change) as limited offset 0)`;
}

/** `apart`: it takes more than a look at its row to say whether it may start. */
const FOUND = (j: string): string =>
  `octet_length(${j}.payload) as bytes, ${j}.keep < 0 and (${isLimited(j)} or ${isLate(j)}) as apart`;
const LINE = "j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t";
/** A line that begins at its head, or before all times. */
const FROM_HEAD = "and j.due >= coalesce(w.h[g.p + 1], -9e18::int8)";

/**
 * The first `w.n` due jobs of a queue. The index has one line for each queue and priority, and `generate_series` goes
 * through the priorities. Leased rows keep their place in the line, because their lease is in no index; so an update of
 * it touches none (HOT). A claim passes over them.
 */
export function firstInLine(schema: string, from: "head" | "start"): string {
  return `(
    select f.ctid, f.expired, f.bytes, f.apart from generate_series(0, 9) as g(p) cross join lateral (
      select j.ctid, j.until is not null as expired, ${FOUND("j")} from ${schema}.job j
      where ${LINE} ${from === "head" ? FROM_HEAD : ""} and (j.until is null or j.until <= t)
      order by j.due, j.seq limit w.n for update skip locked
    ) f limit w.n
  )`;
}

/** How much earlier a claim begins than the head was, for rows that are committed so long after the time of their enqueue. */
const MARGIN_MS = 100;

/**
 * Where the next claim may begin in the lines of the queues of which a claim, `j`, got all that it wanted: by priority,
 * when the first row is due that is there, waiting or leased, or now. As JSON.
 */
export function headsOf(schema: string): string {
  const head = `(select j.due from ${schema}.job j where ${LINE} ${FROM_HEAD} order by j.due, j.seq limit 1)`;
  return `(
    select json_object_agg(w.q, case when w.f then array(
      select least(t, ${head}) - ${MARGIN_MS} from generate_series(0, 9) as g(p) order by g.p
    ) else w.h end) from ${WANTED} where w.h is not null and w.n <= (select count(*) from j where j.queue = w.q)
  )`;
}

/**
 * The rows of the line `g.p` up to the `n`th that waits. A row whose lease has expired is in the line by the time at which it
 * became due first, but its turn goes by the lease's end, which is later. So these are as many waiting rows as wanted, and
 * the expired ones before the last of these: no other expired row can have its turn among them.
 */
function turnsIn(schema: string, n: string, found: string, lock: string): string {
  return `
      with waiting as materialized (
        select j.ctid, j.due, j.seq, ${found} from ${schema}.job j where ${LINE} and j.until is null
        order by j.due, j.seq limit ${n} ${lock}
      ), last as materialized (
        select due, seq from waiting order by due, seq offset greatest(${n}, 1) - 1 limit 1
      )
      select * from waiting union all
      select * from (
        select j.ctid, j.until, j.seq, ${found} from ${schema}.job j
        where ${LINE} and j.until <= t
          and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
        ${lock}
      ) e`;
}
const LOCKED = "for update skip locked";

/** If a row is met whose lease has expired, the line is read again, in the order of the turns. */
export function firstByTurn(schema: string): string {
  return `(
    select f.ctid, f.bytes, f.apart from generate_series(0, 9) as g(p) cross join lateral (${turnsIn(schema, "w.n", FOUND("j"), LOCKED)}
    ) f order by g.p, f.due, f.seq limit w.n
  )`;
}

/** The queues of a claim by age, `w`. `a`: for how long a job has to be due to count as a level higher. */
export const WANTED_BY_AGE = "json_to_recordset(wanted::json) as w(q text, n int4, a int8)";

/**
 * The first `w.n` due jobs of a queue by age. A look at the heads of all lines, without locks, says how many of each line
 * are among them; then so many of each are locked, and no others.
 */
export function firstByAge(schema: string): string {
  const order = "f.due + g.p * w.a, g.p, f.due, f.seq";
  return `(
    select f.ctid, f.bytes, f.apart from (
      select c.p, count(*) as n from (
        select g.p from generate_series(0, 9) as g(p) cross join lateral (${turnsIn(schema, "w.n", "null", "")}
        ) f order by ${order} limit w.n
      ) c group by c.p
    ) g cross join lateral (
      select * from (${turnsIn(schema, "g.n", FOUND("j"), LOCKED)}
      ) l order by l.due, l.seq limit g.n
    ) f order by ${order} limit w.n
  )`;
}

/** What a claim changes in a row `j`. */
export function leased(schema: string): string {
  return `set token = nextval('${schema}.token'), attempt = j.attempt + 1, waited = t - coalesce(j.until, j.due),
      stalled = j.until is not null, claimed = t, until = t + lease`;
}
