export {
  type ErrorVerdict,
  type RetryOptions,
  type RetryPolicy,
  custom,
  exponential,
  fixed,
  linear,
} from "./backoff.ts";
export type { Metadata } from "./codec.ts";
export type {
  Adapter,
  ControlAnswer,
  FailureRecord,
  JobRef,
  JobState,
  ListRequest,
  QueueCounts,
  TerminalState,
  Traits,
} from "./contract.ts";
export type { Duration, DurationString } from "./duration.ts";
export { type ErrorCode, LongshoreError, codeOf } from "./errors.ts";
export type { EventAttempt, EventJob, EventListener, EventRef, JobEvent } from "./events.ts";
export { type Definition, type Feature, type JobOptions, type JobRequest, type ResultOf, defineJob } from "./job.ts";
export { jsonLines } from "./json-lines.ts";
export type { JobLogger, LogEntry, LogFields, Logger } from "./logger.ts";
export { type Schedule, schedule } from "./occurrence.ts";
export { type Platform, systemPlatform } from "./platform.ts";
export {
  type Enqueued,
  type EnqueuedOrFailed,
  type Inspection,
  type Job,
  type Operations,
  type Producer,
  type Queue,
  type QueueOptions,
  type Ref,
  createQueue,
} from "./queue.ts";
export type { FeaturesOf } from "./request.ts";
export { type Binding, type JobContext, type Tally, handle } from "./run.ts";
export { type MissedPolicy, type Rule, every } from "./schedule.ts";
export type { AnySchema, InputOf, OutputOf, Schema } from "./standard.ts";
export { nonRetryable, retryAfter, snooze } from "./verdicts.ts";
export { type Puller, type Runner, type Worker, type WorkerOptions, createWorker } from "./worker.ts";
