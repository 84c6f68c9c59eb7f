import { mustBe } from "@longshore/core/adapter";
import type { Spread } from "@longshore/core/stats";

import type { Metrics, NameMetrics, EventCounts, QueueMetrics } from "./metrics.ts";

/** The `content-type` of the text that `prometheus` writes. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];
type Family = readonly [name: string, help: string, samples: readonly Sample[]];

const EVENTS: readonly (keyof EventCounts)[] = ["enqueued", "completed", "failed", "dead"];
const QUANTILES = { "0.5": "p50", "0.95": "p95", "0.99": "p99" } as const;

/**
 * Writes metrics as text for Prometheus (exposition format 0.0.4), times in seconds. Counts of a window are gauges,
 * because they fall again; for the same reason the summaries have no `_sum` and no `_count`. Give `metrics` an
 * allow-list if names come from outside: each becomes a time series.
 *
 * ```ts
 * new Response(prometheus(await metrics(adapter)), { headers: { "content-type": PROMETHEUS_TYPE } });
 * ```
 */
export function prometheus(metrics: Metrics): string {
  mustBe("what metrics() answers", (value) => Array.isArray(Object(value).queues))(metrics, "argument of prometheus");
  const { coversMs, queues, names, workers } = metrics;
  const queue = (samples: (queue: QueueMetrics) => readonly Sample[]): Sample[] =>
    queues.flatMap((metrics) => samples(metrics).map(([more, value]) => [{ queue: metrics.queue, ...more }, value]));
  const name = (samples: (name: NameMetrics) => readonly Sample[]): Sample[] =>
    names.flatMap((metrics) => samples(metrics).map(([more, value]) => [{ job_name: metrics.name, ...more }, value]));
  const events = (counts: (queue: QueueMetrics) => EventCounts): Sample[] =>
    queue((metrics) => EVENTS.map((event) => [{ event }, counts(metrics)[event]]));

  const gauges: readonly Family[] = [
    ["queue_depth", "Jobs by state", queue(({ depth }) => Object.entries(depth).map(([state, n]) => [{ state }, n]))],
    ["queue_paused", "1 while nothing is claimed", queue(({ paused }) => [[{}, paused ? 1 : 0]])],
    [
      "queue_oldest_waiting_seconds",
      "Since the oldest waiting job became due; 0 if none waits",
      queue(({ oldestMs = 0 }) => [[{}, oldestMs / 1_000]]),
    ],
    ["workers_alive", "Workers that made themselves known and are alive", workers ? [[{}, workers.alive]] : []],
    ["workers_slots", "Jobs that they run at most", workers ? [[{}, workers.slots]] : []],
    ["workers_busy", "Jobs that they hold", workers ? [[{}, workers.busy]] : []],
    ["window_seconds", "Time that the window covers", [[{}, coversMs / 1_000]]],
    ["queue_window_events", "Jobs enqueued and dead, attempts completed and failed, in the window", events((q) => q)],
    ["queue_events_per_second", "The same by the time that the window covers", events(({ perSecond }) => perSecond)],
    ["job_window_attempts", "Attempts that ended in the window", name(({ ran }) => [[{}, ran.count]])],
  ];
  const summaries: readonly Family[] = [
    ["job_waiting_seconds", "From due to claim", name(({ waited }) => quantiles(waited, 1_000))],
    ["job_processing_seconds", "From claim to settlement", name(({ ran }) => quantiles(ran, 1_000))],
    ["job_attempts", "Attempts that a completed job needed", name(({ attempts }) => quantiles(attempts, 1))],
  ];
  return [...gauges.map(written("gauge")), ...summaries.map(written("summary"))].join("");
}

/** A family without samples is left out. */
function written(type: "gauge" | "summary"): (family: Family) => string {
  return ([name, help, samples]) => {
    if (samples.length === 0) return "";
    const full = `longshore_${name}`;
    const lines = samples.map(([labels, value]) => `${full}${labelled(labels)} ${value}\n`);
    return `# HELP ${full} ${help}.\n# TYPE ${full} ${type}\n${lines.join("")}`;
  };
}

function quantiles(spread: Spread, unit: number): Sample[] {
  return Object.entries(QUANTILES).flatMap(([quantile, key]): Sample[] => {
    const value = spread[key];
    return value === undefined ? [] : [[{ quantile }, value / unit]];
  });
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Escapes the three characters that could end a label's value or its line. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
