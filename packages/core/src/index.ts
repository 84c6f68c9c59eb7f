export {
  type ErrorVerdict,
  type RetryOptions,
  type RetryPolicy,
  custom,
  exponential,
  fixed,
  linear,
} from "./retry/backoff.ts";
export type { Metadata } from "./values/headers.ts";
export type { Adapter, Enqueue, Traits } from "./contract/contract.ts";
export type { FailureRecord, JobRef, JobState, TerminalState } from "./contract/job.ts";
export type { ControlAnswer, ListRequest, QueueCounts } from "./contract/operating.ts";
export type { Duration, DurationString } from "./values/duration.ts";
export { type ErrorCode, LongshoreError, codeOf } from "./values/errors.ts";
export type { EventAttempt, EventJob, EventListener, EventRef, JobEvent } from "./events/events.ts";
export {
  type Definition,
  type JobOptions,
  type JobRequest,
  type Parent,
  type ResultOf,
  defineJob,
} from "./jobs/definition.ts";
export {
  type ConcurrencyOptions,
  type OrderOptions,
  type QueueDefinition,
  type ThrottleOptions,
  defineQueue,
} from "./jobs/concurrency.ts";
export { type FlowParents, flow } from "./jobs/flow.ts";
export type { DeadJob, OnDead } from "./jobs/on-dead.ts";
export { type UntilRoomOptions, untilRoom } from "./jobs/depth.ts";
export type { Feature } from "./jobs/features.ts";
export { jsonLines } from "./events/json-lines.ts";
export type { JobLogger, LogEntry, LogFields, Logger } from "./runtime/logger.ts";
export { type Schedule, schedule } from "./schedules/schedule.ts";
export { type Platform, systemPlatform } from "./runtime/platform.ts";
export type {
  Enqueued,
  EnqueuedOrFailed,
  Inspection,
  Job,
  Operations,
  Pressure,
  Producer,
  Queue,
  QueuePressure,
  Ref,
  Uniqueness,
} from "./jobs/queue-types.ts";
export type { UniqueOptions } from "./jobs/unique.ts";
export { type QueueOptions, createQueue } from "./jobs/queue.ts";
export type { FeaturesOf } from "./jobs/request.ts";
export { type Handler, type JobContext, handle } from "./worker/handler.ts";
export { type ManyOptions, type OneOfMany, handleMany } from "./worker/handle-many.ts";
export type { Parents } from "./worker/parents.ts";
export type { Tally } from "./worker/run.ts";
export { type MissedPolicy, type Rule, every } from "./schedules/rule.ts";
export type { AnySchema, InputOf, OutputOf, Schema } from "./values/schema.ts";
export { nonRetryable, retryAfter, snooze } from "./retry/handler-errors.ts";
export { type Puller, type Runner, type Worker, type WorkerOptions, createWorker } from "./worker/worker.ts";
