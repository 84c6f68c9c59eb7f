import type { StoreStats } from "@longshore/core/adapter";
import { type Spread, type Stats, readStats } from "@longshore/core/stats";

/**
 * Processing times by job name, of the day without its last hour. A day with that hour would move with it: at an even
 * pace the hour has 4 % of the day's attempts, more than the 1 % above a p99, so a slow hour would raise its own
 * baseline after 15 minutes.
 */
export async function baselineRuns(store: Stats): Promise<ReadonlyMap<string, Spread>> {
  const [hour, day] = await Promise.all([store.stats("hour"), store.stats("day")]);
  const runs = new Map<string, Map<number, number>>();
  add(runs, day, 1);
  add(runs, hour, -1);
  const names = [...runs].map(([name, bins]) => ({ name, waited: [], ran: packed(bins), attempts: [] }));
  const before: StoreStats = { coversMs: 0, queues: [], names, oldest: [] };
  const report = await readStats({ stats: async () => [before] }, { window: "day" });
  return new Map(report.names.map(({ name, ran }) => [name, ran]));
}

function add(runs: Map<string, Map<number, number>>, parts: readonly StoreStats[], sign: 1 | -1): void {
  for (const { name, ran } of parts.flatMap(({ names }) => names)) {
    const bins = runs.get(name) ?? new Map<number, number>();
    runs.set(name, bins);
    for (let i = 0; i + 1 < ran.length; i += 2) {
      const bin = ran[i] ?? 0;
      bins.set(bin, (bins.get(bin) ?? 0) + sign * (ran[i + 1] ?? 0));
    }
  }
}

function packed(bins: ReadonlyMap<number, number>): number[] {
  // The two were not read in one operation: an attempt in between may be in the hour only.
  return [...bins].filter(([, count]) => count > 0).flat();
}
