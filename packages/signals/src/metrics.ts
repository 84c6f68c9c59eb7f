import {
  type Check,
  type Checks,
  type Inspect,
  type JobState,
  type KnownWorker,
  type Presence,
  type QueueCounts,
  type StatsWindow,
  backendFailure,
  mustBe,
  checkOptions,
  withMethods,
  listOf,
  oneOf,
} from "@longshore/core/adapter";
import { type NameReport, type QueueReport, type Spread, type Stats, readStats } from "@longshore/core/stats";

import { baselineRuns } from "./baseline.ts";

/** A store that counts, so one with `statistics`. */
export type MetricsStore = Pick<Inspect, "counts"> & Stats & Partial<Presence>;

/** The labels to show. Labels that are not in a list are left out; without a list, all are shown. */
export type AllowList = {
  readonly queues?: readonly string[] | undefined;
  readonly names?: readonly string[] | undefined;
};

export type MetricsOptions = {
  /** How far back rates and times go. Default: `"hour"`. */
  readonly window?: StatsWindow | undefined;
  readonly only?: AllowList | undefined;
};

const NAMES = listOf(mustBe("a name", (name) => typeof name === "string"));
const ALLOW_LIST_CHECKS: Checks<AllowList> = { queues: NAMES, names: NAMES };
export const anAllowList: Check = (value, what) => checkOptions(what, value as AllowList, ALLOW_LIST_CHECKS);
const CHECKS: Checks<MetricsOptions> = { window: oneOf("minute", "hour", "day"), only: anAllowList };

/** The state of a store and its recent figures: plain data that survives JSON. Times are ms. */
export type Metrics = {
  readonly window: StatsWindow;
  /** How much time the figures cover: nearly the window, or less if the store has not counted that long. */
  readonly coversMs: number;
  readonly queues: readonly QueueMetrics[];
  readonly names: readonly NameMetrics[];
  /** Undefined if no worker announced itself within a day (`withHeartbeat`), or if the store keeps no announcements. */
  readonly workers?: WorkersMetrics | undefined;
};

export type WorkersMetrics = {
  /** How many workers are alive, how many jobs they can run, and how many they hold. */
  readonly alive: number;
  readonly slots: number;
  readonly busy: number;
  /** All workers of the last day, by id. */
  readonly each: readonly KnownWorker[];
};

/** A queue's counts: enqueued jobs, completed attempts, attempts to be retried, dead letters. */
export type EventCounts = Pick<QueueReport, "enqueued" | "completed" | "failed" | "dead">;

export type QueueMetrics = EventCounts & {
  readonly queue: string;
  readonly paused: boolean;
  /** How many jobs are in each state now. */
  readonly depth: Readonly<Record<JobState, number>>;
  /** How long ago the oldest waiting job became due; undefined if none waits. */
  readonly oldestMs: number | undefined;
  /** The counts divided by the covered time, which counts as at least a second. */
  readonly perSecond: EventCounts;
};

/** The figures of one job name: times of its attempts, and the attempts that completed jobs needed. */
export type NameMetrics = NameReport & {
  /** Processing times of the day before the last hour, to compare the last hour with. */
  readonly baseline: Spread;
};

const NO_JOBS: QueueMetrics["depth"] = {
  delayed: 0,
  enqueued: 0,
  active: 0,
  stalled: 0,
  failed: 0,
  blocked: 0,
  completed: 0,
  dead: 0,
  cancelled: 0,
};
const NONE: Spread = { count: 0, p50: undefined, p95: undefined, p99: undefined };

/** Metrics of some states only: `depth` may lack the others, and queues without jobs in those states may be missing. */
export type PartialMetrics = Omit<Metrics, "queues"> & { readonly queues: readonly PartialQueueMetrics[] };
export type PartialQueueMetrics = Omit<QueueMetrics, "depth"> & { readonly depth: QueueCounts["counts"] };

/**
 * Reads the state of a store: depths and oldest waits by queue; counts and rates of a window by queue; waiting times,
 * processing times and attempts by job name. For a dashboard, for `prometheus`, and to record for `backtest`. Calls
 * `counts` once, `stats` two or three times and, if there is one, `workers` once. Fails with `invalid_option` or
 * `backend_failed`.
 *
 * ```ts
 * const { queues, names } = await metrics(adapter, { window: "minute", only: { queues: ["mail"] } });
 * ```
 */
export async function metrics(store: MetricsStore, options: MetricsOptions = {}): Promise<Metrics> {
  withMethods("counts", "stats")(store, "store of metrics");
  checkOptions("metrics", options, CHECKS);
  const seen = await readMetrics(store, options);
  return { ...seen, queues: seen.queues.map((queue) => ({ ...queue, depth: { ...NO_JOBS, ...queue.depth } })) };
}

/** Like `metrics`, but reads the depth of these states only. Default: all. */
export async function readMetrics(
  store: MetricsStore,
  options: MetricsOptions & { readonly states?: readonly JobState[] },
): Promise<PartialMetrics> {
  const { window = "hour", only = {}, states } = options;
  const stats = once(store);
  const [counts, report, baseline, workers = []] = await Promise.all([
    states?.length === 0 ? [] : store.counts(states).catch(failedTo("counts")),
    readStats(stats, { window }),
    baselineRuns(stats),
    store.workers?.().catch(failedTo("workers")),
  ]);
  const counted = new Map(report.queues.map((queue) => [queue.queue, queue]));
  const standing = new Map(counts.map((queue) => [queue.queue, queue]));
  const queues = [...new Set([...standing.keys(), ...counted.keys()])].filter(listed(only.queues)).sort();
  const names = report.names.filter(({ name }) => listed(only.names)(name));
  return {
    window,
    coversMs: report.coversMs,
    queues: queues.map((queue) => queueMetrics(queue, standing.get(queue), counted.get(queue), report.coversMs)),
    names: names.map((name) => ({ ...name, baseline: baseline.get(name.name) ?? NONE })),
    workers: workersMetrics(workers),
  };
}

function failedTo(verb: string): (error: unknown) => never {
  return (error) => {
    throw backendFailure(verb, error);
  };
}

/** Reads each window only once. */
function once(store: Stats): Stats {
  const asked = new Map<StatsWindow, ReturnType<Stats["stats"]>>();
  return {
    stats(window) {
      const answer = asked.get(window) ?? store.stats(window).catch(failedTo("stats"));
      asked.set(window, answer);
      return answer;
    },
  };
}

function workersMetrics(each: readonly KnownWorker[]): WorkersMetrics | undefined {
  if (each.length === 0) return undefined;
  const living = each.filter(({ alive }) => alive);
  const sum = (key: "slots" | "busy"): number => living.reduce((total, worker) => total + worker[key], 0);
  return { alive: living.length, slots: sum("slots"), busy: sum("busy"), each };
}

function queueMetrics(
  queue: string,
  standing: QueueCounts | undefined,
  counted: QueueReport | undefined,
  coversMs: number,
): PartialQueueMetrics {
  const { enqueued = 0, completed = 0, failed = 0, dead = 0, oldestMs } = counted ?? {};
  // Otherwise a store that has just started would show absurdly high rates.
  const seconds = Math.max(coversMs / 1_000, 1);
  return {
    queue,
    paused: standing?.paused ?? false,
    depth: standing?.counts ?? {},
    oldestMs,
    enqueued,
    completed,
    failed,
    dead,
    perSecond: {
      enqueued: enqueued / seconds,
      completed: completed / seconds,
      failed: failed / seconds,
      dead: dead / seconds,
    },
  };
}

/** Returns whether an allow-list shows a label. */
export function listed(list: readonly string[] | undefined): (label: string) => boolean {
  return (label) => list === undefined || list.includes(label);
}
