import type { JobState } from "@longshore/core/adapter";

import { type PartialMetrics, type PartialQueueMetrics, listed } from "./metrics.ts";
import type { AlertRule } from "./rules.ts";

/** What a rule sees, and whose it is; 0 of nobody where there is nothing to see. */
export type Reading = { readonly value: number; readonly queue?: string; readonly name?: string };

const CLAIMABLE: readonly JobState[] = ["enqueued", "stalled"];
const NOTHING: Reading = { value: 0 };

/** Of which states a rule needs the depth. It reads that of no other. */
export function statesOf(rule: AlertRule): readonly JobState[] {
  return rule.measure === "depth" ? (rule.states ?? CLAIMABLE) : [];
}

/** The worst of what a rule looks at. */
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
      // Of what an alarm or a delivery runs, nobody knows how many there are: that is not none.
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

/** Times below 1 ms are counted as 0: nothing can be told of how many of them fit into another. */
function times(now: number = 0, baseline: number = 0): number {
  return now / Math.max(baseline, 1);
}

function worst(readings: readonly Reading[]): Reading {
  return readings.reduce((most, reading) => (reading.value > most.value ? reading : most), NOTHING);
}
