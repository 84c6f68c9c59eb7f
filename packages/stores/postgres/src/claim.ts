import type { ClaimRequest, ClaimedJob } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { aboutOf } from "./row.ts";
import type { Places } from "./places.ts";
import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";
import { decodeText, isStorable } from "./text.ts";

/** A claim ends before the job that would make its answer longer than this, in bytes of payloads. */
const MOST_BYTES = 16_000_000;

const WANTED = "json_to_recordset(wanted::json) as w(q text, n int4)";
const UNPAUSED = (schema: string): string => `not exists (select from ${schema}.paused z where z.queue = w.q)`;
const LINE = "j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t";

/**
 * Leases due jobs. The index has one line for each queue and priority, and `generate_series` goes through the
 * priorities. Leased rows keep their place in the line, because their lease is in no index; so an update of it touches
 * none (HOT). A claim passes over them.
 *
 * A row whose lease has expired is in the line by the time at which it became due first, but its turn goes by the
 * lease's end, which is later. If one is met, the line is read again: as many waiting rows as wanted, and the expired
 * ones before the last of these. No other expired row can have its turn among them.
 */
export const claimFunction = (schema: string): SqlFunction => ({
  name: "claim",
  parameters: "at int8, wanted text, lease int8",
  returns:
    "table (id text, queue text, name text, priority int2, seq int8, token int8, attempt int4, keep int8, age int8, waited int8, stalled bool, about text, payload text, why text, snoozed int8, now int8, place text)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  places tid[];
  expired bool;`,
  body: `
  select array_agg(c.ctid), bool_or(c.expired) into places, expired
  from ${WANTED} cross join lateral (
    select f.ctid, f.expired from generate_series(0, 9) as g(p) cross join lateral (
      select j.ctid, j.until is not null as expired from ${schema}.job j
      where ${LINE} and (j.until is null or j.until <= t)
      order by j.due, j.seq limit w.n for update skip locked
    ) f limit w.n
  ) c where ${UNPAUSED(schema)};
  if places is null then return; end if;
  if expired then
    select array_agg(c.ctid) into places
    from ${WANTED} cross join lateral (
      select f.ctid from generate_series(0, 9) as g(p) cross join lateral (
        with waiting as materialized (
          select j.ctid, j.due, j.seq from ${schema}.job j where ${LINE} and j.until is null
          order by j.due, j.seq limit w.n for update skip locked
        ), last as materialized (
          select due, seq from waiting order by due, seq offset greatest(w.n, 1) - 1 limit 1
        )
        select ctid, due, seq from waiting union all
        select * from (
          select j.ctid, j.until, j.seq from ${schema}.job j
          where ${LINE} and j.until <= t
            and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
          for update skip locked
        ) e
      ) f order by g.p, f.due, f.seq limit w.n
    ) c where ${UNPAUSED(schema)};
  end if;
  if cardinality(places) > 1 then
    select array_agg(c.ctid) into places from (
      select j.ctid, sum(octet_length(j.payload)) over (order by p.i rows unbounded preceding) as bytes, p.i
      from unnest(places) with ordinality as p(ctid, i) join ${schema}.job j on j.ctid = p.ctid
    ) c where c.i = 1 or c.bytes <= ${MOST_BYTES};
  end if;
  -- Whoever takes n jobs removes up to 2n that are past their time, so that these never pile up.
  delete from ${schema}.job where ctid = any(array(
    select j.ctid from ${schema}.job j where j.expires <= t
    order by j.expires limit 2 * cardinality(places) for update skip locked
  ));
  return query update ${schema}.job j
  set token = nextval('${schema}.token'), attempt = j.attempt + 1, waited = t - coalesce(j.until, j.due),
    stalled = j.until is not null, claimed = t, until = t + lease
  where j.ctid = any(places)
  returning j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born, j.waited, j.stalled,
    j.about, j.payload, j.why, j.since, t, j.ctid::text;`,
});

type Claimed = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload" | "place", string> &
    Record<"seq" | "token" | "keep" | "age" | "waited" | "now", string> &
    Record<"why" | "snoozed", string | null> &
    Record<"priority" | "attempt", number> & { stalled: boolean }
>;

export async function claim(
  query: Query,
  schema: string,
  at: number | null,
  { queues, leaseMs }: ClaimRequest,
  places: Places,
): Promise<readonly ClaimedJob[]> {
  const known = queues.filter(({ name }) => isStorable(name));
  const wanted = JSON.stringify(known.map(({ name, limit }) => ({ q: name, n: limit })));
  const rows = await query<Claimed>(`select * from ${schema}.claim($1::int8, $2::text, $3::int8)`, [
    at,
    wanted,
    Math.ceil(leaseMs),
  ]);
  const order = new Map(queues.map(({ name }, i) => [name, i]));
  // An update returns its rows in no order.
  const sorted = rows
    .map((row) => ({ row, queue: order.get(row.queue) ?? 0, waited: Number(row.waited), seq: Number(row.seq) }))
    .sort((a, b) => a.queue - b.queue || a.row.priority - b.row.priority || b.waited - a.waited || a.seq - b.seq);
  return sorted.map(({ row }) => {
    const job = claimedJob(row);
    if (Number(row.keep) === 0) places.set(job, row.place);
    return job;
  });
}

function claimedJob(row: Claimed): ClaimedJob {
  const job = {
    id: row.id,
    name: row.name,
    queue: row.queue,
    payload: decodeText(row.payload),
    ...aboutOf(row.about),
    priority: row.priority,
    token: Number(row.token),
    attempt: row.attempt,
    stalled: row.stalled,
    ageMs: Math.max(0, Number(row.age)),
    waitedMs: Math.max(0, Number(row.waited)),
  };
  if (row.why === null) return job;
  return {
    ...job,
    snoozed: { reason: JSON.parse(row.why), forMs: Math.max(0, Number(row.now) - Number(row.snoozed)) },
  };
}
