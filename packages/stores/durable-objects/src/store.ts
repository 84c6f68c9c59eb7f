import { checkOptions } from "@longshore/core/adapter";
import { type JobStore, STORE_CHECKS, type StoreOptions, openState, storeOver } from "@longshore/sqlite-engine";
import { databaseOf, smallJobsOf } from "./database.ts";
import type { ObjectStorage } from "./storage.ts";

/**
 * Keeps jobs in a Durable Object's SQLite storage, in its own tables (`longshore_…`), and runs none: for an object
 * whose jobs others claim. `createJobs` also runs them. Make one per object: its memory is right only if nobody else
 * writes its tables. Fails with `invalid_option`, `invalid_duration` or `invalid_name`.
 */
export function createStore(storage: ObjectStorage, options: StoreOptions = {}): JobStore {
  checkOptions("createStore", options, STORE_CHECKS);
  return storeOver(openState(databaseOf(storage), { ...options, smallJobs: smallJobsOf(options) }));
}
