export { AssertionError } from "./assertion-error.ts";
export type { AnyJob, JobOf, MatchOf } from "./enqueued.ts";
export type { Injected } from "./faults/draw.ts";
export type { CallFault } from "./faults/kinds.ts";
export { type FaultOptions, type FaultRates, type Faults, withFaults } from "./faults/with-faults.ts";
export {
  type Deviation,
  type Happened,
  type IdempotencyOptions,
  type IdempotencyReport,
  checkIdempotent,
} from "./idempotency.ts";
export type { Match, MatchOptions } from "./match.ts";
export { type Verdict, matchers } from "./matchers.ts";
export type { PerformOptions, Performed } from "./perform-job.ts";
export { type TestControls, type TestQueue, type TestQueueOptions, testQueue } from "./test-queue.ts";
export type { WaitOptions } from "./wait-for.ts";
