export { type Alert, alertInput, alertJob } from "./alert.ts";
export { type AnalyticsDataset, type AnalyticsOptions, analyticsEngine } from "./analytics.ts";
export { type EvaluateOptions, type Watched, evaluate } from "./evaluate.ts";
export {
  type Metrics,
  type MetricsOptions,
  type NameMetrics,
  type Observed,
  type Only,
  type Passed,
  type QueueMetrics,
  type WorkersMetrics,
  metrics,
} from "./metrics.ts";
export { type Fetch, type Outbound, post } from "./post.ts";
export { type PresenceOptions, withPresence } from "./presence.ts";
export { PROMETHEUS_TYPE, prometheus } from "./prometheus.ts";
export { type AlertRule, type AlertRules, type Measure, type Severity, defaultRules } from "./rules.ts";
export { type WebhookMessage, webhookHeaders } from "./signature.ts";
export { type Sink, type WebhookOptions, consoleSink, webhookSink } from "./sinks.ts";
export { type Recorded, tryRules } from "./trial.ts";
