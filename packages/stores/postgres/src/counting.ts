import type { Logger } from "@longshore/core";
import { type SharedStatistics, type Tally, shareStatistics } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import type { Int8, Query } from "./client.ts";
import { SERVER_NOW } from "./tables.ts";

/** A tally that keeps what it is told, because a transaction may still roll back. */
export function deferred({ enqueued, settled }: Tally): { readonly tally: Tally; count(): void } {
  const kept: (() => void)[] = [];
  return {
    tally: {
      enqueued: (...told) => void kept.push(() => enqueued(...told)),
      settled: (...told) => void kept.push(() => settled(...told)),
    },
    count() {
      for (const count of kept.splice(0)) count();
    },
  };
}

const DAY_MS = 86_400_000;

/** Each process writes what it has counted to a row of its own. */
export function createCounting(
  query: Query,
  schema: string,
  clock: () => number | null,
  statistics: () => Statistics,
  log: Pick<Logger, "warn">,
): SharedStatistics {
  return shareStatistics(
    statistics,
    {
      save: (process, packed) =>
        query(
          `with t as materialized (select coalesce($1::int8, ${SERVER_NOW}) as now),
          old as (delete from ${schema}.counted where at <= (select now from t) - ${DAY_MS} and process <> $2::text)
          insert into ${schema}.counted (process, at, packed) select $2::text, now, $3::text from t
          on conflict (process) do update set at = excluded.at, packed = excluded.packed`,
          [clock(), process, packed],
        ),
      async read(process) {
        const first = await query<{ queue: string; waited: Int8 }>(
          `select queue, waited from ${schema}.oldest($1::int8)`,
          [clock()],
        );
        const rows = await query<{ now: Int8; packed: string | null }>(
          `select t.now, c.packed from (select coalesce($1::int8, ${SERVER_NOW}) as now) t left join ${schema}.counted c on c.process <> $2::text and c.at > t.now - ${DAY_MS}`,
          [clock(), process],
        );
        return {
          now: Number(rows[0]?.now),
          others: rows.flatMap(({ packed }) => (packed === null ? [] : [JSON.parse(packed) as unknown])),
          oldest: first.map(({ queue, waited }) => ({ queue, waitedMs: Number(waited) })),
        };
      },
    },
    log,
  );
}
