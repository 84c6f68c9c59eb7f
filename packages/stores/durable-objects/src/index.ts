// This is also the entry `client`: it can be imported on every runtime, because it uses no classes of Workers.
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
} from "./client/client.ts";
export type { DispatchOptions, ObjectContext } from "./object/dispatch.ts";
export { type Jobs, type JobsOptions, createJobs } from "./object/host.ts";
export { JobsObject } from "./object/object.ts";
export { type RunnerEntrypointClass, type ObjectRunner, jobsRunner } from "./object/runner.ts";
export type { JobStore, StoreOptions } from "@longshore/sqlite-engine";
export type { ObjectStorage } from "./storage.ts";
export { createStore } from "./store.ts";
