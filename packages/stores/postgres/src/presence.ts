import type { KnownWorker, WorkerPresence } from "@longshore/core/adapter";
import type { Int8, Query } from "./client.ts";
import { SERVER_NOW } from "./tables.ts";
import { storable } from "./text.ts";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

/** Announcements are in the order of `seq`, also those of one millisecond. The oldest beyond the most are removed. */
export async function announce(
  query: Query,
  schema: string,
  at: number | null,
  { id, slots, busy }: WorkerPresence,
  forMs: number,
): Promise<void> {
  await query(
    `with t as materialized (select coalesce($1::int8, ${SERVER_NOW}) as now),
    old as (
      delete from ${schema}.worker where id <> $2::text and (
        at <= (select now from t) - ${DAY_MS}
        or seq <= (select seq from ${schema}.worker where id <> $2::text order by seq desc offset ${MOST_WORKERS - 1} limit 1)
      )
    )
    insert into ${schema}.worker as w (id, slots, busy, at, until, seq)
    select $2::text, $3::int4, $4::int4, now, now + $5::int8, nextval('${schema}.announcement') from t
    on conflict (id) do update set slots = excluded.slots, busy = excluded.busy, at = excluded.at,
      until = excluded.until, seq = excluded.seq`,
    [at, storable(id), slots, busy, Math.ceil(forMs)],
  );
}

type Known = Readonly<{ id: string; slots: number; busy: number; alive: boolean; ago: Int8 }>;

export async function workers(query: Query, schema: string, at: number | null): Promise<readonly KnownWorker[]> {
  const rows = await query<Known>(
    `select id, slots, busy, until > t.now as alive, t.now - at as ago from (
      select * from ${schema}.worker order by seq desc limit ${MOST_WORKERS}
    ) w, (select coalesce($1::int8, ${SERVER_NOW}) as now) t where t.now - at < ${DAY_MS} order by id`,
    [at],
  );
  return rows.map(({ id, slots, busy, alive, ago }) => ({ id, slots, busy, alive, agoMs: Number(ago) }));
}
