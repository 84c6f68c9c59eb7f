/**
 * For people who write an adapter, or speak to one through its contract: the contract's types, and the functions that
 * they share.
 */
export type * from "./contract.ts";
export { withReserved } from "./codec.ts";
export { toMs } from "./duration.ts";
export { isError } from "./errors.ts";
export { type Heap, type HeapItem, createHeap, isBefore } from "./heap.ts";
export {
  type JobFacts,
  PAUSED,
  type Snoozed,
  dueInstant,
  isAccepted,
  recordFailure,
  schedulePartition,
  snoozedFor,
  stateOf,
  waitsFor,
} from "./lifecycle.ts";
export { aDefinition } from "./job.ts";
export { type Listeners, createListeners } from "./listeners.ts";
export { logTo } from "./logger.ts";
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
  be,
  byQueue,
  checkOptions,
  duration,
  having,
  integer,
  listOf,
  number,
  oneOf,
  text,
} from "./options.ts";
export { type Reserved, newJob, newJobs, reservedJob } from "./request.ts";
