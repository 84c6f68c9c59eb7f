import type { KnownWorker, Presence } from "@longshore/core/adapter";
import type { Database } from "@longshore/sqlite-engine";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

/** `seq` orders announcements; at most 1 000 rows, so it needs no index. */
const TABLE =
  "CREATE TABLE IF NOT EXISTS longshore_workers(id PRIMARY KEY,slots,busy,announced,until,seq) WITHOUT ROWID";
const ANNOUNCE =
  "INSERT OR REPLACE INTO longshore_workers VALUES(?,?,?,?,?,(SELECT coalesce(max(seq),0)+1 FROM longshore_workers))";
const FORGET =
  "DELETE FROM longshore_workers WHERE announced<=? OR seq<=(SELECT seq FROM longshore_workers ORDER BY seq DESC LIMIT 1 OFFSET ?)";

type WorkerRow = Omit<KnownWorker, "alive" | "agoMs"> & { readonly announced: number; readonly until: number };

/** Workers have rows, so that a worker that a crash took is still seen by the next process. */
export function presence(
  { sql, transaction }: Pick<Database, "sql" | "transaction">,
  clock: () => number,
): { readonly [V in keyof Presence]: (...input: Parameters<Presence[V]>) => Awaited<ReturnType<Presence[V]>> } {
  sql(TABLE);
  return {
    announce: ({ id, slots, busy }, forMs) =>
      transaction(() => {
        const now = clock();
        sql(ANNOUNCE, id, slots, busy, now, now + forMs);
        sql(FORGET, now - DAY_MS, MOST_WORKERS);
      }),
    workers() {
      const now = clock();
      return sql<WorkerRow>("SELECT * FROM longshore_workers WHERE announced>? ORDER BY id", now - DAY_MS).map(
        ({ id, slots, busy, announced, until }) => ({ id, slots, busy, alive: now < until, agoMs: now - announced }),
      );
    },
  };
}
