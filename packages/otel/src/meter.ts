import type { EventListener, JobEvent } from "@longshore/core";
import { type Checks, checkOptions, withMethods } from "@longshore/core/adapter";
import { type Attributes, type Meter, metrics } from "@opentelemetry/api";
import { ENQUEUE_STATUS, ERROR_TYPE, OTHER_ERROR, OUTCOME, operationAttributes } from "./attributes.ts";
import type { JobOutcome } from "./outcome.ts";
import { safely } from "./safely.ts";
import { NAME, VERSION } from "./scope.ts";

export type MeterOptions = {
  /** Default: that of the provider that is registered globally when the first event comes. */
  readonly meter?: Meter | undefined;
};

const CHECKS: Checks<MeterOptions> = { meter: withMethods("createCounter", "createHistogram") };

/**
 * Makes an event listener that counts and measures. Give it to the queue and to the worker: each reports what its own
 * process did, once the backend has committed it. Labels are the queue, the job's name, and the outcome; never ids,
 * metadata or messages.
 *
 * - `messaging.client.sent.messages`: jobs that were enqueued (`created` or `duplicate`).
 * - `messaging.client.consumed.messages`: attempts that began.
 * - `messaging.process.duration` (s): attempts that ended, by outcome; its count tells how many.
 * - `messaging.longshore.wait.duration` (s): from when a job was due until its attempt began.
 * - `messaging.longshore.stalled.jobs`: attempts whose worker vanished.
 *
 * ```ts
 * const onEvent = meterEvents();
 * createWorker(adapter, { handlers, onEvent });
 * ```
 */
export function meterEvents(options: MeterOptions = {}): EventListener {
  checkOptions("meterEvents", options, CHECKS);
  let instruments: Instruments | undefined;
  return (event: JobEvent): void =>
    void safely(() => {
      // Not earlier: a global provider that is registered later would get no measurements.
      instruments ??= createInstruments(options.meter ?? metrics.getMeter(NAME, VERSION));
      record(event, instruments);
    });
}

type Instruments = ReturnType<typeof createInstruments>;

/** Bucket boundaries, in s: the conventions' own, and for waiting times from milliseconds to hours. */
const PROCESS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const WAIT_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];

function createInstruments(meter: Meter) {
  return {
    sent: meter.createCounter("messaging.client.sent.messages", {
      unit: "{message}",
      description: "Jobs that were enqueued.",
    }),
    consumed: meter.createCounter("messaging.client.consumed.messages", {
      unit: "{message}",
      description: "Attempts that began.",
    }),
    stalled: meter.createCounter("messaging.longshore.stalled.jobs", {
      unit: "{job}",
      description: "Attempts whose worker vanished.",
    }),
    process: meter.createHistogram("messaging.process.duration", {
      unit: "s",
      description: "How long attempts took.",
      advice: { explicitBucketBoundaries: PROCESS_BUCKETS },
    }),
    wait: meter.createHistogram("messaging.longshore.wait.duration", {
      unit: "s",
      description: "From when a job was due until its attempt began.",
      advice: { explicitBucketBoundaries: WAIT_BUCKETS },
    }),
  };
}

function record(event: JobEvent, { sent, consumed, stalled, process, wait }: Instruments): void {
  if (!("job" in event)) return;
  const { name, queue } = event.job;
  const labels = operationAttributes("process", queue, name);
  const ended = (outcome: JobOutcome, more?: Attributes): void => {
    if (!("startedAt" in event)) return;
    process.record(Math.max(0, event.at - event.startedAt) / 1_000, { ...labels, [OUTCOME]: outcome, ...more });
  };
  switch (event.type) {
    case "enqueued":
    case "duplicate":
    case "replaced": {
      const status = event.type === "enqueued" ? "created" : event.type;
      return sent.add(1, { ...operationAttributes("send", queue, name), [ENQUEUE_STATUS]: status });
    }
    case "started":
      wait.record(event.waitedMs / 1_000, labels);
      return consumed.add(1, labels);
    case "stalled":
      return stalled.add(1, labels);
    case "failed":
    case "dead":
      return ended(event.type, { [ERROR_TYPE]: OTHER_ERROR });
    case "leaseLost":
      return ended(event.reason === "cancelled" ? "cancelled" : "lost");
    case "completed":
    case "snoozed":
      return ended(event.type);
    default:
      return undefined;
  }
}
