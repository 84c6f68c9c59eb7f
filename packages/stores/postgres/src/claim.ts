import { type ClaimRequest, type ClaimedJob, expiredJob } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import {
  MOST_BYTES,
  WANTED,
  WANTED_BY_AGE,
  firstByAge,
  firstByTurn,
  firstInLine,
  hasLimit,
  headsOf,
  leased,
  unpaused,
} from "./line.ts";
import { type Heads, headOf } from "./heads.ts";
import { aboutOf, isLimited } from "./row.ts";
import type { Places } from "./places.ts";
import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";
import { decodeText, isStorable } from "./text.ts";

/** What a claim returns of a job. `snoozed`: for how long. */
type Row = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload" | "place", string> &
    Record<"priority" | "seq" | "token" | "attempt" | "keep" | "age" | "waited", number> & {
      stalled: boolean;
      why: string | null;
      snoozed: number | null;
    }
>;
/**
 * A list for each column, in one row: a client reads that in half of the time that it takes for a row for each job. A list
 * of one value holds for all jobs.
 */
type Columns = { readonly [Name in keyof Row]: readonly Row[Name][] } & {
  /** Those that were ended because they had not begun in time. Left out if none can be. */
  readonly late?: readonly boolean[];
  /** By queue. */
  readonly heads?: Readonly<Record<string, readonly number[]>> | null;
};

const OWN = ["id", "payload", "place", "seq", "token", "age", "waited"] as const;
/** What the jobs of a claim usually have in common. */
const KIND = ["queue", "name", "about", "priority", "keep"] as const;
/** What is the same for all jobs that nobody has claimed before. */
const PAST = ["attempt", "stalled", "why", "snoozed"] as const;
const COLUMNS: readonly (keyof Row)[] = [...OWN, ...KIND, ...PAST];

function columnsOf(columns: readonly string[], value: (column: string) => string): string {
  return `json_build_object(${columns.map((column) => `'${column}', ${value(column)}`).join(", ")})::text`;
}
/** Lists of the first rows of `j`, an expression says how many; null: of all. */
function listsOf(columns: readonly string[], amount: string): string {
  const lists = columns.map((column) => `array_agg(${column}) as ${column}`).join(", ");
  return `(select ${lists} from (select ${columns.join(", ")} from j limit ${amount}) l)`;
}
const IS_ALIKE = KIND.map((column) => `${column} = (select ${column} from j limit 1)`).join(" and ");
const RETURNED =
  "j.id, j.queue, j.name, j.priority, j.seq, j.token, j.attempt, j.keep, t - j.born as age, j.waited, j.stalled, j.about, j.payload, j.why, t - j.since as snoozed, j.ctid as place";

/** Leases due jobs. Where limits are in play, or jobs that are late, which a look at the lines tells, another function decides who starts. */
export const claimFunction = (schema: string): SqlFunction =>
  claimBy(
    schema,
    "claim_v2",
    `
  select array_agg(c.ctid) filter (where c.ctid is not null), bool_or(c.expired), sum(c.bytes), coalesce(bool_or(c.apart or h.limited), false)
    into places, expired, bytes, aside
  from ${WANTED} cross join lateral ${hasLimit(schema)} h left join lateral ${firstInLine(schema, "head")} c on true where ${unpaused(schema)};
  if expired then
    select array_agg(c.ctid), sum(c.bytes), aside or coalesce(bool_or(c.apart), false) into places, bytes, aside
    from ${WANTED} cross join lateral ${firstByTurn(schema)} c where ${unpaused(schema)};
  end if;`,
  );

/** The same where a level of priority is worth a time. */
export const claimByAgeFunction = (schema: string): SqlFunction =>
  claimBy(
    schema,
    "claim_by_age",
    `
  select array_agg(c.ctid) filter (where c.ctid is not null), sum(c.bytes), coalesce(bool_or(c.apart or h.limited), false)
    into places, bytes, aside
  from ${WANTED_BY_AGE} cross join lateral ${hasLimit(schema)} h left join lateral ${firstByAge(schema)} c on true where ${unpaused(schema)};`,
  );

/**
 * `find`: sets the places of the jobs, how large they are, and whether another function has to decide. Code of versions up to
 * 7 wants lists of all columns.
 */
const claimBy = (schema: string, name: string, find: string): SqlFunction => ({
  name,
  parameters: "at int8, wanted text, lease int8",
  returns: "table (columns text)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  places tid[];
  expired bool;
  aside bool;
  bytes int8;
  short constant bool := wanted::json -> 0 ->> 's' is not null;`,
  body: `${find}
  if aside then places := ${schema}.claim_limited(t, wanted, lease, places); end if;
  if places is null then return; end if;
  if aside then
    return query select ${columnsOf([...COLUMNS, "late"], (column) => `array_agg(${column})`)} from (
      select ${RETURNED}, j.ended is not null as late from ${schema}.job j where j.ctid = any(places)
    ) j;
  elsif bytes > ${MOST_BYTES} then
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
  if aside then return; end if;
  return query with j as (
    update ${schema}.job j ${leased(schema)}
    where j.ctid = any(places)
    returning ${RETURNED}
  ), own as (
    select ${OWN.map((column) => `array_agg(${column}) as ${column}`).join(", ")},
      case when short and bool_and(${IS_ALIKE}) then 1 end as kinds,
      case when short and not bool_or(attempt > 1 or stalled or why is not null) then 1 end as pasts
    from j
  )
  select ${columnsOf([...COLUMNS, "heads"], (column) => (column === "heads" ? headsOf(schema) : column))}
  from own cross join lateral ${listsOf(KIND, "kinds")} k cross join lateral ${listsOf(PAST, "pasts")} p;`,
});

export async function claim(
  query: Query,
  schema: string,
  now: number | null,
  { queues, leaseMs, priorityAgeMs }: ClaimRequest,
  places: Places,
  heads: Heads,
): Promise<readonly ClaimedJob[]> {
  const askedAt = now ?? Date.now();
  const known = queues
    .filter(({ name }) => isStorable(name))
    .map(({ name, limit }) => ({ name, limit, head: headOf(heads, name, askedAt) }));
  const isByAge = priorityAgeMs !== undefined;
  const wanted = known.map(({ name, limit, head }) => {
    const terms = isByAge ? { a: priorityAgeMs } : { h: head.from, f: head.foundAt === askedAt };
    return { q: name, n: limit, s: 1, ...terms };
  });
  const verb = isByAge ? "claim_by_age" : "claim_v2";
  const [row] = await query<{ columns: string }>(`select * from ${schema}.${verb}($1::int8, $2::text, $3::int8)`, [
    now,
    JSON.stringify(wanted),
    Math.ceil(leaseMs),
  ]);
  const columns: Columns | undefined = row && JSON.parse(row.columns);
  const found = new Map(Object.entries(columns?.heads ?? {}));
  for (const { name, head } of known) {
    const from = found.get(name);
    if (from === undefined) heads.delete(name);
    else heads.set(name, { ...head, from });
  }
  if (columns === undefined) return [];
  const { queue, priority, waited, seq } = columns;
  const order = new Map(queues.map(({ name }, i) => [name, i]));
  const turnOf = (i: number): number => order.get(at(queue, i)) ?? 0;
  const agedAt = (i: number): number =>
    priorityAgeMs === undefined ? 0 : at(priority, i) * priorityAgeMs - at(waited, i);
  // An update returns its rows in no order.
  const turns = columns.id
    .map((_, i) => i)
    .sort(
      (a, b) =>
        turnOf(a) - turnOf(b) ||
        agedAt(a) - agedAt(b) ||
        at(priority, a) - at(priority, b) ||
        at(waited, b) - at(waited, a) ||
        at(seq, a) - at(seq, b),
    );
  return turns.map((i) => {
    const job = claimedJob(columns, i);
    if (at(columns.keep, i) === 0) places.set(job, at(columns.place, i));
    return job;
  });
}

function at<T>(list: readonly T[], i: number): T {
  return list[list.length === 1 ? 0 : i] as T; // every other list has one for each job
}

/** Not spread together from parts: V8 takes nine times as long to compile that, and each job has four objects more. */
function claimedJob(columns: Columns, i: number): ClaimedJob {
  const about = at(columns.about, i);
  const { headers, partition, uniqueKey } = aboutOf(about);
  const job: { -readonly [Field in keyof ClaimedJob]: ClaimedJob[Field] } = {
    id: at(columns.id, i),
    name: at(columns.name, i),
    queue: at(columns.queue, i),
    payload: decodeText(at(columns.payload, i)),
    headers,
    priority: at(columns.priority, i),
    token: at(columns.token, i),
    attempt: at(columns.attempt, i),
    stalled: at(columns.stalled, i),
    ageMs: Math.max(0, at(columns.age, i)),
    waitedMs: Math.max(0, at(columns.waited, i)),
  };
  if (partition !== undefined) job.partition = partition;
  if (columns.late?.[i]) return expiredJob(job, { ageMs: job.ageMs, waitedMs: job.waitedMs });
  if (uniqueKey !== undefined) job.uniqueKey = uniqueKey;
  if (isLimited(about)) job.limited = true;
  const why = at(columns.why, i);
  if (why !== null) job.snoozed = { reason: JSON.parse(why), forMs: Math.max(0, at(columns.snoozed, i) ?? 0) };
  return job;
}
