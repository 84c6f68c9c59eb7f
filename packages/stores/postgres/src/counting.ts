import type { Logger } from "@longshore/core";
import { type Stats, type StatsWindow, type StoreStats, logTo } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import type { Int8, Query } from "./client.ts";
import type { Tally } from "./finish.ts";
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

const SAVE_EVERY = 100;
const SAVE_AFTER_MS = 5_000;
const DAY_MS = 86_400_000;

export type Counting = {
  readonly tally: Tally;
  stats: Stats["stats"];
  /** Writes what was not written yet. */
  close(): Promise<void>;
};

/**
 * Each process counts what it does, in memory, and writes it to a row of its own after a hundred attempts or five
 * seconds. So the figures are those of this process, and what the others wrote.
 */
export function createCounting(
  query: Query,
  schema: string,
  clock: () => number | null,
  statistics: () => Statistics,
  log: Pick<Logger, "warn">,
): Counting {
  const own = statistics();
  const process = crypto.randomUUID();
  let unsaved = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();

  const save = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (unsaved === 0) return saving;
    unsaved = 0;
    const packed = JSON.stringify(own.packAll());
    saving = saving
      .then(() =>
        query(
          `with t as materialized (select coalesce($1::int8, ${SERVER_NOW}) as now),
          old as (delete from ${schema}.counted where at <= (select now from t) - ${DAY_MS} and process <> $2::text)
          insert into ${schema}.counted (process, at, packed) select $2::text, now, $3::text from t
          on conflict (process) do update set at = excluded.at, packed = excluded.packed`,
          [clock(), process, packed],
        ),
      )
      .then(
        () => {},
        (error: unknown) => logTo(log, "warn", "statistics were not written; they are with the next ones", { error }),
      );
    return saving;
  };
  const counted = (): void => {
    if (++unsaved % SAVE_EVERY === 0) return void save();
    if (timer !== undefined) return;
    timer = setTimeout(() => void save(), SAVE_AFTER_MS);
    // A process that is done does not wait for this. `unref` exists on Node, Deno and Bun.
    (timer as { unref?(): unknown }).unref?.();
  };

  return {
    tally: {
      enqueued(job, now) {
        own.enqueued(job, now);
        counted();
      },
      settled(job, { outcome }, ranMs, now) {
        own.settled(
          job,
          { outcome: outcome.type, attempt: job.attempt, waitedMs: job.waitedMs, ranMs: Math.max(0, ranMs) },
          now,
        );
        counted();
      },
    },
    async stats(window: StatsWindow): Promise<readonly StoreStats[]> {
      const oldest = await query<{ queue: string; waited: Int8 }>(
        `select queue, waited from ${schema}.oldest($1::int8)`,
        [clock()],
      );
      const [others, now] = await readOthers();
      const sorted = oldest
        .map(({ queue, waited }) => ({ queue, waitedMs: Number(waited) }))
        .sort((a, b) => (a.queue < b.queue ? -1 : 1));
      const parts = others.map((packed) => {
        const other = statistics();
        other.unpack(JSON.parse(packed), undefined);
        return { ...other.read(window, now), oldest: [] };
      });
      return [{ ...own.read(window, now), oldest: sorted }, ...parts];
    },
    async close() {
      await save();
    },
  };

  async function readOthers(): Promise<readonly [packed: readonly string[], now: number]> {
    const rows = await query<{ now: Int8; packed: string | null }>(
      `select t.now, c.packed from (select coalesce($1::int8, ${SERVER_NOW}) as now) t left join ${schema}.counted c on c.process <> $2::text and c.at > t.now - ${DAY_MS}`,
      [clock(), process],
    );
    return [rows.flatMap(({ packed }) => (packed === null ? [] : [packed])), Number(rows[0]?.now)];
  }
}
