import type { StoredJob } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { hasFamily, numberOf } from "./family.ts";
import { type ShownRow, shown, storedJob } from "./row.ts";
import { SERVER_NOW } from "./tables.ts";

/** How many rows past their time one call removes. Claims remove them, too. */
const MOST_EXPIRED = 10_000;
/** The dead letters that a call removes and returns have at most about this many bytes. */
const MOST_BYTES = 16_000_000;

/**
 * Removes rows past their time, and dead letters past theirs or beyond the most that are kept. Returns the dead
 * letters, the oldest first.
 */
export async function prune(
  query: Query,
  schema: string,
  at: number | null,
  limit: number,
  bounds: { readonly maxDead: number; readonly deadKeepMs: number },
): Promise<readonly StoredJob[]> {
  await query(`select ${schema}.sum_depths($1::int8)`, [at]);
  const rows = await query<ShownRow>(
    `with t as materialized (select coalesce($1::int8, ${SERVER_NOW}) as now),
    expired as (
      delete from ${schema}.job where ctid = any(array(
        select j.ctid from ${schema}.job j where j.expires <= (select now from t) order by j.expires limit ${MOST_EXPIRED} for update skip locked
      ))
    ),
    excess as materialized (select due, id from ${schema}.job where ended = 'dead' order by due desc, id desc offset $2::int8 limit 1),
    old as materialized (
      select j.ctid, octet_length(j.payload) as bytes, j.due, j.id from ${schema}.job j
      where j.ended = 'dead' and (j.due <= (select now from t) - $3::int8 or (j.due, j.id) <= (select due, id from excess))
      order by j.due, j.id limit $4::int4 for update skip locked
    ),
    gone as materialized (
      select ctid from (
        select ctid, sum(bytes) over (order by due, id rows between unbounded preceding and 1 preceding) as before from old
      ) o where before is null or before <= ${MOST_BYTES}
    ),
    lost as materialized (select ${numberOf("j")} as number from ${schema}.job j where j.ctid = any(array(select ctid from gone)) and ${hasFamily("j")}),
    graves as (delete from ${schema}.edge where buried and (child = any(array(select number from lost)) or parent = any(array(select number from lost))))
    delete from ${schema}.job j using gone, t where j.ctid = gone.ctid returning ${shown(schema, "t.now")}`,
    [at, bounds.maxDead, bounds.deadKeepMs, limit],
  );
  return rows.map(storedJob).sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
}
