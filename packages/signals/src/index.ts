export { type Alert, alertInput, alertJob } from "./alert.ts";
export { type AnalyticsDataset, type AnalyticsOptions, analyticsEngine } from "./analytics.ts";
export { type EvaluateOptions, type AlertStore, evaluate } from "./evaluate.ts";
export {
  type Metrics,
  type MetricsOptions,
  type NameMetrics,
  type MetricsStore,
  type AllowList,
  type EventCounts,
  type QueueMetrics,
  type WorkersMetrics,
  metrics,
} from "./metrics.ts";
export { type Fetch, type PostRequest, post } from "./post.ts";
export { type FiringRule, firing } from "./firing.ts";
export { type HeartbeatOptions, withHeartbeat } from "./heartbeat.ts";
export { PROMETHEUS_TYPE, prometheus } from "./prometheus.ts";
export { type AlertRule, type AlertRules, type Measure, type Severity, defaultRules } from "./rules.ts";
export { type WebhookMessage, webhookHeaders } from "./signature.ts";
export { type Sink, type WebhookOptions, consoleSink, webhookSink } from "./sinks.ts";
export { type RecordedMetrics, backtest } from "./backtest.ts";
