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
const BYTES = "octet_length(j.payload) as bytes";
const LINE = "j.queue = w.q and j.priority = g.p and j.ended is null and j.due <= t";

/** What a claim returns of a job. `snoozed`: for how long. */
type Row = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload" | "place", string> &
    Record<"priority" | "seq" | "token" | "attempt" | "keep" | "age" | "waited", number> & {
      stalled: boolean;
      why: string | null;
      snoozed: number | null;
    }
>;
/** A list for each column, in one row: a client reads that in half of the time that it takes for a row for each job. */
type Columns = { readonly [Name in keyof Row]: readonly Row[Name][] };

const COLUMNS: readonly (keyof Row)[] = [
  ...(["id", "queue", "name", "about", "payload", "place"] as const),
  ...(["priority", "seq", "token", "attempt", "keep", "age", "waited", "stalled", "why", "snoozed"] as const),
];

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
  name: "claim_v2",
  parameters: "at int8, wanted text, lease int8",
  returns: "table (columns text)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  places tid[];
  expired bool;
  bytes int8;`,
  body: `
  select array_agg(c.ctid), bool_or(c.expired), sum(c.bytes) into places, expired, bytes
  from ${WANTED} cross join lateral (
    select f.ctid, f.expired, f.bytes from generate_series(0, 9) as g(p) cross join lateral (
      select j.ctid, j.until is not null as expired, ${BYTES} from ${schema}.job j
      where ${LINE} and (j.until is null or j.until <= t)
      order by j.due, j.seq limit w.n for update skip locked
    ) f limit w.n
  ) c where ${UNPAUSED(schema)};
  if places is null then return; end if;
  if expired then
    select array_agg(c.ctid), sum(c.bytes) into places, bytes
    from ${WANTED} cross join lateral (
      select f.ctid, f.bytes from generate_series(0, 9) as g(p) cross join lateral (
        with waiting as materialized (
          select j.ctid, j.due, j.seq, ${BYTES} from ${schema}.job j where ${LINE} and j.until is null
          order by j.due, j.seq limit w.n for update skip locked
        ), last as materialized (
          select due, seq from waiting order by due, seq offset greatest(w.n, 1) - 1 limit 1
        )
        select ctid, due, seq, bytes from waiting union all
        select * from (
          select j.ctid, j.until, j.seq, ${BYTES} from ${schema}.job j
          where ${LINE} and j.until <= t
            and (j.due, j.seq) <= (coalesce((select due from last), t), coalesce((select seq from last), 9223372036854775807))
          for update skip locked
        ) e
      ) f order by g.p, f.due, f.seq limit w.n
    ) c where ${UNPAUSED(schema)};
  end if;
  if bytes > ${MOST_BYTES} then
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
  return query with j as (
    update ${schema}.job j
    set token = nextval('${schema}.token'), attempt = j.attempt + 1, waited = t - coalesce(j.until, j.due),
      stalled = j.until is not null, claimed = t, until = t + lease
    where j.ctid = any(places)
    returning j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born as age, j.waited,
      j.stalled, j.about, j.payload, j.why, t - j.since as snoozed, j.ctid as place
  )
  select json_build_object(${COLUMNS.map((column) => `'${column}', array_agg(${column})`).join(", ")})::text from j;`,
});

export async function claim(
  query: Query,
  schema: string,
  now: number | null,
  { queues, leaseMs }: ClaimRequest,
  places: Places,
): Promise<readonly ClaimedJob[]> {
  const known = queues.filter(({ name }) => isStorable(name));
  const wanted = JSON.stringify(known.map(({ name, limit }) => ({ q: name, n: limit })));
  const [row] = await query<{ columns: string }>(`select * from ${schema}.claim_v2($1::int8, $2::text, $3::int8)`, [
    now,
    wanted,
    Math.ceil(leaseMs),
  ]);
  if (row === undefined) return [];
  const columns: Columns = JSON.parse(row.columns);
  const { queue, priority, waited, seq } = columns;
  const order = new Map(queues.map(({ name }, i) => [name, i]));
  const turnOf = (i: number): number => order.get(at(queue, i)) ?? 0;
  // An update returns its rows in no order.
  const turns = queue
    .map((_, i) => i)
    .sort(
      (a, b) =>
        turnOf(a) - turnOf(b) ||
        at(priority, a) - at(priority, b) ||
        at(waited, b) - at(waited, a) ||
        at(seq, a) - at(seq, b),
    );
  return turns.map((i) => {
    const job = claimedJob(columns, i);
    if (columns.keep[i] === 0) places.set(job, at(columns.place, i));
    return job;
  });
}

function at<T>(list: readonly T[], i: number): T {
  return list[i] as T; // every list has one for each job
}

function claimedJob(columns: Columns, i: number): ClaimedJob {
  const job = {
    id: at(columns.id, i),
    name: at(columns.name, i),
    queue: at(columns.queue, i),
    payload: decodeText(at(columns.payload, i)),
    ...aboutOf(at(columns.about, i)),
    priority: at(columns.priority, i),
    token: at(columns.token, i),
    attempt: at(columns.attempt, i),
    stalled: at(columns.stalled, i),
    ageMs: Math.max(0, at(columns.age, i)),
    waitedMs: Math.max(0, at(columns.waited, i)),
  };
  const why = at(columns.why, i);
  if (why === null) return job;
  return { ...job, snoozed: { reason: JSON.parse(why), forMs: Math.max(0, columns.snoozed[i] ?? 0) } };
}
