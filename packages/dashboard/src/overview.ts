import type { ListSchedules, QueueCounts, StatsWindow } from "@longshore/core/adapter";
import { readStats } from "@longshore/core/stats";
import { type AlertRules, firing } from "@longshore/signals";
import type { Overview, WindowStats } from "./api.ts";
import { type Definitions, queueLimits } from "./limits.ts";
import type { AnyAdapter, Store } from "./store.ts";

/** What is shown of each. */
const MOST_QUEUES = 200;
const MOST_WORKERS = 200;

/** What stands, and what happened: at most a call of `counts`, three of `stats`, one of `workers`, one of `listSchedules`. */
export async function readOverview(
  { can, adapter, inspection }: Store,
  {
    rules,
    definitions,
    at,
  }: { readonly rules?: AlertRules | undefined; readonly definitions: Definitions; readonly at: number },
): Promise<Overview> {
  const { stats } = adapter;
  const window = async (window: StatsWindow): Promise<WindowStats | undefined> =>
    stats && readStats({ stats: stats.bind(adapter) }, { window });
  const [counts, minute, hour, day, workers, alerts] = await Promise.all([
    can.inspect ? inspection().counts() : [],
    window("minute"),
    window("hour"),
    window("day"),
    adapter.workers?.(),
    can.alerts && rules ? firing(adapter as AnyAdapter & ListSchedules, { rules }) : undefined, // `can` says that it lists
  ]);
  const queues = [...counts].sort((a, b) => open(b) - open(a) || (a.queue < b.queue ? -1 : 1));
  return {
    at,
    queues: queues.slice(0, MOST_QUEUES).map((one) => ({ ...one, limits: queueLimits(definitions, one.queue) })),
    more: Math.max(0, queues.length - MOST_QUEUES),
    stats: minute && hour && day && { minute, hour, day },
    workers: workers?.slice(0, MOST_WORKERS),
    alerts,
  };
}

/** Jobs that somebody still waits for. */
function open({ counts: { completed: _1, cancelled: _2, ...rest } }: QueueCounts): number {
  return Object.values(rest).reduce((sum, count) => sum + count, 0);
}
