export type { StoreOptions } from "./books.ts";
// The entry `client`, too: what imports on every runtime, because nothing behind it needs a Worker's classes.
export {
  type Call,
  type DurableObjects,
  type DurableObjectsOptions,
  type DurableObjectsTraits,
  type JobsMethod,
  type JobsNamespace,
  type Reply,
  durableObjects,
  prepareJobs,
} from "./client.ts";
export type { DispatchOptions, JobsContext, RunnerStub } from "./dispatch.ts";
export { type Jobs, type JobsOptions, createJobs } from "./host.ts";
export { JobsObject } from "./object.ts";
export { type JobsRunnerClass, type JobsWorker, jobsRunner } from "./runner.ts";
export type { SqlHome } from "./schema.ts";
export { createStore } from "./store.ts";
export type { JobStore } from "./wire.ts";
