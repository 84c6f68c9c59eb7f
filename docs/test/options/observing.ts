import { createQueue, createWorker, defineJob } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { type MeterOptions, type TraceOptions, meterEvents, traceHandlers, traceQueue } from "@longshore/otel";
import {
  type AlertRule,
  type AnalyticsOptions,
  type EvaluateOptions,
  type MetricsOptions,
  type HeartbeatOptions,
  type WebhookOptions,
  alertInput,
  analyticsEngine,
  evaluate,
  metrics,
  backtest,
  webhookHeaders,
  webhookSink,
  withHeartbeat,
} from "@longshore/signals";
import { type Factory, type Option, type Table, aBoolean, aDuration, aFunction, aSpan, factory } from "./factory.ts";

const store = memory({ stats: statistics() });
const dataset = { writeDataPoint: () => {} };
const secret = `whsec_${btoa("a secret of thirty-two bytes ...")}`;
const url = "https://alerts.example.com/hook";

const aNumber: Option = { good: [3], takes: ["zero", "half"] };
const aCount: Option = { good: [3], takes: ["zero"] };
const anOnly: Option = {
  good: [{ queues: ["a"], names: [] }],
  takes: ["object"],
  bad: [{ queue: ["a"] }, { queues: "a" }],
};

type RuleOf<M> = Omit<Extract<AlertRule, { readonly measure: M }>, "measure">;
const shared: Table<RuleOf<"oldestWait">> = {
  severity: { good: ["warning", "critical"], bad: ["fatal"] },
  above: aNumber,
  for: aDuration,
  resolveAt: { good: [1], takes: ["zero", "half"], bad: [4] },
  cooldown: aDuration,
  only: anOnly,
};
const needs = { severity: "warning", above: 3 } as const;

/** What takes rules refuses one that is none. */
function ruled<M extends AlertRule["measure"]>(
  measure: M,
  options: Table<RuleOf<M>>,
  more: Partial<RuleOf<M>> = {},
): Factory {
  const rule = (given: object): AlertRule => ({ measure, ...given }) as AlertRule; // or what only looks like one
  return factory(
    `a rule of ${measure}`,
    (given: RuleOf<M>) => backtest({ rule: isObject(given) ? rule(given) : (given as never) }, []),
    options,
    { needs: { ...needs, ...more } as Partial<RuleOf<M>> },
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const traced: Table<TraceOptions> = {
  tracer: { good: [{ startSpan: () => {} }] },
  propagator: { good: [{ inject: () => {}, extract: () => {}, fields: () => [] }], bad: [{ inject: () => {} }] },
  logger: { good: [{ emit: () => {} }] },
  recordMessages: aBoolean,
};

export const observing: readonly Factory[] = [
  factory<TraceOptions>("traceQueue", (options) => traceQueue(createQueue(store), options), traced),
  factory<TraceOptions>("traceHandlers", (options) => traceHandlers([], options), traced),
  factory<MeterOptions>("meterEvents", meterEvents, {
    meter: { good: [{ createCounter: () => {}, createHistogram: () => {} }], bad: [{ createCounter: () => {} }] },
  }),
  ruled("oldestWait", shared),
  ruled("dead" as "oldestWait", shared),
  ruled("depth", { ...shared, states: { good: [["dead"], ["enqueued"]], takes: ["list"], bad: [["deadd"]] } }),
  ruled("slowdown", { ...shared, samples: aCount }, { samples: 100 }),
  ruled("missingWorkers", { ...shared, expected: aCount }, { expected: 1 }),
  factory<MetricsOptions>("metrics", (options) => metrics(store, options), {
    window: { good: ["minute", "hour", "day"], bad: ["week"] },
    only: anOnly,
  }),
  factory<EvaluateOptions>(
    "evaluate",
    (options) => evaluate(store, options),
    {
      rules: {
        good: [{ deep: { measure: "depth", ...needs } }],
        takes: ["object"],
        bad: [{ deep: 5 }, { "two words": 5 }],
      },
      alert: { good: [defineJob("alert", { input: alertInput })] },
    },
    { needs: { rules: {} } },
  ),
  factory<AnalyticsOptions>("analyticsEngine", (options) => analyticsEngine(dataset, options), {
    metadata: { good: [["order_id"]], takes: ["list"], bad: [[5], Array.from({ length: 16 }, () => "a")] },
    messages: aBoolean,
  }),
  factory<HeartbeatOptions>("withHeartbeat", (options) => withHeartbeat(store, options), {
    id: { good: ["host:1"], takes: ["text"], bad: ["two words", "x".repeat(101)], code: "invalid_name" },
    for: { ...aSpan, good: ["1s", 60_000], takes: [], bad: ["999ms"] },
    platform: { good: [{ now: () => 5, id: () => "a" }], bad: [{ now: () => 5 }] },
  }),
  factory<{ poll?: unknown }>(
    "a worker whose adapter is with presence",
    (options) => createWorker(withHeartbeat(store, { for: "2s" }), options as never),
    { poll: { good: ["1s", 250], takes: ["zero", "half"], bad: ["1001ms", "5s"], code: "invalid_duration" } },
    { needs: { handlers: [] } as object },
  ),
  factory<WebhookOptions>(
    "webhookSink",
    webhookSink,
    {
      url: { good: [url], bad: ["ftp://example.com", "https://user:password@example.com"] },
      secret: { good: [secret], bad: ["whsec_short"] },
      fetch: aFunction,
      platform: { good: [{ now: () => 5 }] },
    },
    { needs: { url, secret } },
  ),
  factory<Parameters<typeof webhookHeaders>[1]>(
    "webhookHeaders",
    (message) => webhookHeaders(secret, message),
    {
      id: { good: ["a"], takes: ["text", "empty"] },
      timestamp: { good: [1_767_225_600], takes: ["zero", "half"] },
      body: { good: ["{}"], takes: ["text", "empty"] },
    },
    { needs: { id: "a", timestamp: 5, body: "" } },
  ),
];
