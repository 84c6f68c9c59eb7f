/** For people who write an adapter: the contract's types and the pure functions that every adapter shares. */
export type * from "./contract.ts";
export { type JobFacts, dueInstant, recordFailure, schedulePartition, stateOf } from "./lifecycle.ts";
