import { createWorker } from "@longshore/core";
import {
  type CloudflareQueuesOptions,
  type ConsumeOptions,
  cloudflareQueues,
  consume,
} from "@longshore/cloudflare-queues";
import { statistics } from "@longshore/core/stats";
import {
  type DurableObjectsOptions,
  type ObjectContext,
  type JobsOptions,
  type StoreOptions,
  createJobs,
  createStore,
  durableObjects,
  prepareJobs,
} from "@longshore/durable-objects";
import { memory } from "@longshore/memory";
import { type PairedOptions, paired } from "@longshore/paired";
import {
  type Factory,
  type Option,
  type Table,
  aBoolean,
  aCount,
  aDuration,
  aFunction,
  aLease,
  aLogger,
  aSpan,
  factory,
} from "./factory.ts";

const binding = { sendBatch: async () => {} };
const others = { sendBatch: async () => {} };
const broker = cloudflareQueues({ queue: binding, deadLetters: others });
const worker = createWorker(broker, { handlers: [] });
const batch = { queue: "q", messages: [] };
const runner: Option = { good: [{ run: async () => {} }, { runCarried: async () => {} }], bad: [{ run: 5 }] };

/** As much of an object's storage as is asked for before anything is stored. */
const rows = { toArray: () => [], [Symbol.iterator]: () => [][Symbol.iterator]() };
const storage = {
  sql: { exec: () => rows, databaseSize: 0 },
  transactionSync: (work: () => unknown) => work(),
  sync: async () => {},
  getAlarm: async () => null,
  setAlarm: async () => {},
};
const ctx = {
  storage,
  waitUntil: () => {},
  blockConcurrencyWhile: (work: () => unknown) => work(),
} as unknown as ObjectContext; // what a Durable Object is given

const kept: Table<Omit<StoreOptions, "autoStart" | "changed">> = {
  clock: aFunction,
  lease: aLease,
  maxBytes: { good: [1, 5e9], bad: [2 ** 53] },
  deadKeep: aDuration,
  maxDead: aCount,
  queues: { good: [{ payments: 1 }], takes: ["object"], bad: [{ payments: 0 }, { payments: "2" }, { "two words": 1 }] },
  stats: { good: [statistics()], bad: [statistics] },
};

export const onCloudflare: readonly Factory[] = [
  factory<DurableObjectsOptions>("durableObjects", (options) => durableObjects(namespace(), options), {
    shards: { good: [1, 1_000], bad: [1_001] },
    name: { good: ["jobs", "tenant:7"], takes: ["text"], bad: ["x".repeat(201)] },
    lease: aLease,
    stats: aBoolean,
    platform: { good: [{ timer: () => () => {}, random: () => 0 }] },
  }),
  factory<JobsOptions>("createJobs", (options) => createJobs(ctx, options), {
    ...kept,
    runner: { good: [false, { run: async () => {}, tick: async () => {} }], bad: [{ run: async () => {} }] },
    maxRunning: { good: [1, 1_000], bad: [1_001] },
    batchSize: { good: [1, 1_000], bad: [1_001] },
    priorityAge: aSpan,
    settleWithin: { ...aDuration, good: ["25ms", 0, 2], bad: [...(aDuration.bad ?? []), "26ms"] },
    ownAlarmAt: aFunction,
    log: aLogger,
  }),
  factory<Omit<StoreOptions, "autoStart" | "changed">>(
    "createStore",
    (options) => createStore(ctx.storage, options),
    kept,
  ),
  factory<NonNullable<Parameters<typeof prepareJobs>[1]>>("prepareJobs", (options) => prepareJobs([], options), {
    platform: { good: [{ now: () => 5, id: () => "a" }], bad: [{ now: () => 5 }] },
  }),
  factory<CloudflareQueuesOptions>(
    "cloudflareQueues",
    cloudflareQueues,
    {
      queue: { good: [{ sendBatch: async () => {} }] },
      deadLetters: { good: [{ sendBatch: async () => {} }] },
      clock: aFunction,
    },
    { needs: { queue: binding, deadLetters: others } },
  ),
  factory<ConsumeOptions>(
    "consume",
    (options) => consume(batch, options),
    {
      broker: { good: [broker] },
      worker: runner,
      foreign: aFunction,
      log: aLogger,
      platform: { good: [{ timer: () => () => {} }] },
    },
    { needs: { broker, worker } },
  ),
  factory<PairedOptions>("paired", (options) => paired(memory(), broker, options), {
    maxInFlight: { good: [1, 1_000] },
    priorityAge: aSpan,
    queues: { good: [["mail"]], takes: ["list"], bad: [[5], ["two words"]] },
    transit: { ...aSpan, good: ["1s", 250, "1h"], bad: ["61m", "soon"] },
    background: aFunction,
    log: aLogger,
    clock: aFunction,
  }),
];

function namespace(): Parameters<typeof durableObjects>[0] {
  return { getByName: () => ({ jobs: () => undefined }) };
}
