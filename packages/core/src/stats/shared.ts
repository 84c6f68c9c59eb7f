import type { Stats, StatsWindow, StoreStats } from "../contract/reporting.ts";
import { type Logger, logTo } from "../runtime/logger.ts";
import { idleTimer, systemPlatform } from "../runtime/platform.ts";
import type { Statistics } from "./statistics.ts";

const SAVE_EVERY = 100;
const SAVE_AFTER_MS = 5_000;

/** Where processes that share a store keep what each of them has counted. */
type KeptStatistics = {
  /** Keeps a process's figures in place of its earlier ones, and forgets those of whoever has been silent for a day. */
  save(process: string, packed: string): Promise<unknown>;
  /** The store's now, what the other processes have kept, and how long the first due job of each queue has waited. */
  read(process: string): Promise<{
    readonly now: number;
    readonly others: readonly unknown[];
    readonly oldest: StoreStats["oldest"];
  }>;
};

/** Told of each job that was created, and of each settlement that was accepted. */
export type Tally = Pick<Statistics, "enqueued" | "settled">;

export type SharedStatistics = Tally & {
  stats: Stats["stats"];
  /** Writes what was not written yet. */
  close(): Promise<void>;
};

/**
 * Statistics of a store that several processes share. Each counts what it does, in memory, and keeps it under a name of
 * its own after a hundred attempts or five seconds. So the figures are those of this process, and what the others kept.
 */
export function shareStatistics(
  statistics: () => Statistics,
  kept: KeptStatistics,
  log: Pick<Logger, "warn">,
): SharedStatistics {
  const own = statistics();
  const process = systemPlatform.id();
  let unsaved = 0;
  let cancel: (() => void) | undefined;
  let saving: Promise<void> = Promise.resolve();

  const save = (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    if (unsaved === 0) return saving;
    unsaved = 0;
    const packed = JSON.stringify(own.packAll());
    saving = saving
      .then(() => kept.save(process, packed))
      .then(
        () => {},
        (error: unknown) => logTo(log, "warn", "statistics were not written; they are with the next ones", { error }),
      );
    return saving;
  };
  const counted = (): void => {
    if (++unsaved % SAVE_EVERY === 0) return void save();
    cancel ??= idleTimer(SAVE_AFTER_MS, () => void save());
  };

  return {
    enqueued(job, now) {
      own.enqueued(job, now);
      counted();
    },
    settled(job, attempt, now) {
      own.settled(job, attempt, now);
      counted();
    },
    async stats(window: StatsWindow): Promise<readonly StoreStats[]> {
      const { now, others, oldest } = await kept.read(process);
      const parts = others.map((packed) => {
        const other = statistics();
        other.unpack(packed, undefined);
        return { ...other.read(window, now), oldest: [] };
      });
      const sorted = [...oldest].sort((a, b) => (a.queue < b.queue ? -1 : 1));
      return [{ ...own.read(window, now), oldest: sorted }, ...parts];
    },
    close: save,
  };
}
