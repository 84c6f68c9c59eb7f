/**
 * For suites that build on this one: the model and its parts, the reference adapters, and what tests of stores share.
 * Tests of a single adapter need none of it.
 */
export { AssertionError, show } from "./expect.ts";
export { DAY, HOUR, MINUTE, SECOND, complete, dead, leaseOf, newJob, retry, snooze } from "./jobs.ts";
export { type Answer, type CountingStore, type Operation, type StoreVerb, apply } from "./model/model.ts";
export { latestAnnouncements } from "./model/presence.ts";
export {
  type Announcement,
  type Announcements,
  type Draft,
  type Entry,
  type Facts,
  type Log,
  type Row,
  type State,
  draftOf,
  emptyState,
  hasExpired,
  keyOf,
  openIn,
  stateAt,
} from "./model/state.ts";
export { figuresOf, stats } from "./model/stats.ts";
export { enqueue } from "./model/work.ts";
export { missing } from "./need.ts";
export { BROKER_TRAITS, type BrokerParts, CORRECT_PARTS, type Message, makeBroker } from "./reference/broker.ts";
export type { Apply, Disk } from "./reference/disk.ts";
export { type ReferenceStore, STORE_TRAITS, makeReference, referenceStore } from "./reference/store.ts";
export { transactOn } from "./reference/transaction.ts";
export { anyInput, anything } from "./pipeline.ts";
export { START, type VirtualTime, promiseFlush, turn, virtualTime } from "@longshore/testing/tools";
