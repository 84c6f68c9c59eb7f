import type { QueueCounts, StatsWindow } from "@longshore/core/adapter";
import { readStats } from "@longshore/core/stats";
import type { Overview, WindowStats } from "./api.ts";
import type { Store } from "./store.ts";

/** Queues that are shown. */
const MOST_QUEUES = 200;

/** What stands, and what happened: at most one call of `counts`, three of `stats` and one of `workers`. */
export async function readOverview({ can, adapter, inspection }: Store, at: number): Promise<Overview> {
  const { stats } = adapter;
  const window = async (window: StatsWindow): Promise<WindowStats | undefined> =>
    stats && readStats({ stats: stats.bind(adapter) }, { window });
  const [counts, minute, hour, day, workers] = await Promise.all([
    can.inspect ? inspection().counts() : [],
    window("minute"),
    window("hour"),
    window("day"),
    adapter.workers?.(),
  ]);
  const queues = [...counts].sort((a, b) => open(b) - open(a) || (a.queue < b.queue ? -1 : 1));
  return {
    at,
    queues: queues.slice(0, MOST_QUEUES),
    more: Math.max(0, queues.length - MOST_QUEUES),
    stats: minute && hour && day && { minute, hour, day },
    workers,
  };
}

/** Jobs that somebody still waits for. */
function open({ counts: { completed: _1, cancelled: _2, ...rest } }: QueueCounts): number {
  return Object.values(rest).reduce((sum, count) => sum + count, 0);
}
