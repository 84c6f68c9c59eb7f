/**
 * For authors of adapters, and for code that uses an adapter through its contract: the contract's types and shared
 * functions.
 */
export type * from "./contract/contract.ts";
export type * from "./contract/job.ts";
export type * from "./contract/enqueue.ts";
export type * from "./contract/operating.ts";
export type * from "./contract/scheduling.ts";
export type * from "./contract/reporting.ts";
export { withReserved } from "./values/headers.ts";
export { toMs } from "./values/duration.ts";
export { isError } from "./values/errors.ts";
export { type Heap, type HeapItem, createHeap, isBefore } from "./values/heap.ts";
export { expiredAfter, expiredJob } from "./contract/expiry.ts";
export { type ParentEnd, buriedWith, standIns, unknownParent } from "./contract/dependencies.ts";
export { refusedFull, refusedTogether } from "./contract/depth.ts";
export { nextTat, opensAt } from "./contract/rate.ts";
export {
  AFTER,
  type JobFacts,
  NO_PLACE,
  PAUSED,
  QUEUE_FULL,
  type Snoozed,
  dueInstant,
  isAccepted,
  recordFailure,
  schedulePartition,
  snoozedFor,
  stateOf,
  statesOf,
  waitsFor,
} from "./contract/lifecycle.ts";
export { schedulePage, schedulesAfter } from "./contract/schedule-page.ts";
export {
  type HeldKey,
  type KeyDecision,
  type KeyedJob,
  decideByKey,
  dueWithKey,
  heldKey,
  heldUntil,
  keyScope,
} from "./contract/uniqueness.ts";
export { MAX_BATCH, checkBatch, checkId, checkName, checkRef } from "./values/limits.ts";
export { aDefinition } from "./jobs/definition.ts";
export { type Listeners, createListeners } from "./events/wake-listeners.ts";
export { type SharedListeners, createSharedListeners } from "./events/shared-listeners.ts";
export { type SharedStatistics, type Tally, shareStatistics } from "./stats/shared.ts";
export { type GroupLimits, createGroups } from "./runtime/groups.ts";
export { backendFailure } from "./values/backend-failure.ts";
export { type Closing, createClosing } from "./values/closing.ts";
export { logTo } from "./runtime/logger.ts";
export {
  type Check,
  type Checks,
  aBoolean,
  aFunction,
  aLease,
  aLogger,
  aState,
  anAdapter,
  anObject,
  anything,
  mustBe,
  byQueue,
  canEnqueue,
  checkOptions,
  duration,
  withMethods,
  integer,
  listOf,
  number,
  oneOf,
  nonEmptyText,
  text,
} from "./values/options.ts";
export { type Within, completeWithin } from "./worker/completion.ts";
export { type Reserved, newJob, newJobs, reservedJob } from "./jobs/request.ts";
