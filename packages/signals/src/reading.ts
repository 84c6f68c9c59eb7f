import type { JobState } from "@longshore/core/adapter";

import { type PartialMetrics, type PartialQueueMetrics, listed } from "./metrics.ts";
import type { AlertRule } from "./rules.ts";

/** The value that a rule sees, and its queue or job name; 0 without a name if there is nothing to see. */
export type Reading = { readonly value: number; readonly queue?: string; readonly name?: string };

const CLAIMABLE: readonly JobState[] = ["enqueued", "stalled"];
const NOTHING: Reading = { value: 0 };

/** The states whose depth a rule needs; no others are read. */
export function statesOf(rule: AlertRule): readonly JobState[] {
  return rule.measure === "depth" ? (rule.states ?? CLAIMABLE) : [];
}

/** The worst value that a rule sees. */
export function readingOf(rule: AlertRule, { queues, names, workers }: PartialMetrics): Reading {
  const { only = {} } = rule;
  const ofQueues = (value: (queue: PartialQueueMetrics) => number): Reading[] =>
    queues
      .filter(({ queue }) => listed(only.queues)(queue))
      .map((metrics) => ({ value: value(metrics), queue: metrics.queue }));

  switch (rule.measure) {
    case "depth":
      return worst(ofQueues(({ depth }) => statesOf(rule).reduce((sum, state) => sum + (depth[state] ?? 0), 0)));
    case "oldestWait":
      return worst(ofQueues(({ oldestMs = 0 }) => oldestMs));
    case "missingWorkers":
      // Jobs that an alarm or a delivery runs have no known workers. That does not mean that workers are missing.
      return workers === undefined ? NOTHING : { value: Math.max(0, rule.expected - workers.alive) };
    case "slowdown":
      return worst(
        names
          .filter(({ name, baseline }) => listed(only.names)(name) && baseline.count >= rule.samples)
          .map(({ name, ran, baseline }) => ({ name, value: times(ran.p99, baseline.p99) })),
      );
    case "enqueued":
    case "completed":
    case "failed":
    case "dead": {
      const { measure } = rule;
      const readings = ofQueues((queue) => queue[measure]);
      return { ...worst(readings), value: readings.reduce((sum, { value }) => sum + value, 0) };
    }
  }
}

/** The statistics record times below 1 ms as 0, and a ratio to 0 means nothing. */
function times(now: number = 0, baseline: number = 0): number {
  return now / Math.max(baseline, 1);
}

function worst(readings: readonly Reading[]): Reading {
  return readings.reduce((most, reading) => (reading.value > most.value ? reading : most), NOTHING);
}
