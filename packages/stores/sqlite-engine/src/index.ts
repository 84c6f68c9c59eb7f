export { MOST_CHARACTERS, messageCharacters } from "./answer-size.ts";
export { capacityAt } from "./capacity.ts";
export { claimNext, nextQueues } from "./claim.ts";
export { addCounts } from "./counts.ts";
export type { Cursor } from "./cursors.ts";
export type { Database, SharedDatabase, Sql, SqlValue } from "./database.ts";
export { type OpenSmallJobs, type Room, openSmallJobs } from "./small-jobs.ts";
export { type EngineOptions, type StoreOptions, type StoreState, STORE_CHECKS, openState } from "./state.ts";
export { type JobStore, storeOver } from "./store.ts";
