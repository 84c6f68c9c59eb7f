import {
  type JobOptions,
  type ManyOptions,
  type QueueOptions,
  type RetryOptions,
  type WorkerOptions,
  createQueue,
  createWorker,
  custom,
  defineJob,
  defineQueue,
  every,
  exponential,
  fixed,
  handle,
  handleMany,
  linear,
  schedule,
  systemPlatform,
} from "@longshore/core";
import {
  type BulkOptions,
  type JobFilter,
  type ReplayOptions,
  type ListOptions,
  cancelWhere,
  listWhere,
  removeWhere,
  replayWhere,
} from "@longshore/core/bulk";
import { type CronOptions, cron } from "@longshore/core/cron";
import { readStats, statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { z } from "zod";
import {
  type Factory,
  type Option,
  type Table,
  aBoolean,
  aDuration,
  aFunction,
  aLogger,
  aSpan,
  factory,
} from "./factory.ts";

const input = z.object({});
const task = defineJob("task", { input });
const throttle = { limit: 100, per: "1m" } as const;
const platform: Option = { good: [systemPlatform], bad: [{ now: () => 5 }] };
const adapter = memory({ stats: statistics() });

/** What is left of a time that is over is negative: then there is nothing to wait for. */
const aWait: Option = { ...aDuration, takes: ["zero", "half", "negative"] };

const inPolicy = (option: Option): Option => ({ ...option, code: "invalid_retry" });
const retry: Table<RetryOptions> = {
  attempts: inPolicy({ good: [1, 1_000_000], bad: [1_000_001] }),
  jitter: inPolicy({ good: [0.5, 1], takes: ["zero"], bad: [1.1] }),
  maxElapsed: inPolicy(aDuration),
  onError: inPolicy(aFunction),
};
const growing = {
  ...retry,
  first: inPolicy({ ...aDuration, good: ["1s", "2m30s", 250] }),
  max: inPolicy({ ...aDuration, takes: [], good: ["30s", "1h"] }),
};
const policy = { code: "invalid_retry" } as const;

const text = (code: Option["code"], good: readonly string[], bad: readonly string[]): Option => ({
  good,
  bad,
  takes: ["text"],
  ...(code && { code }),
});
const aQueue = text("invalid_name", ["mail", "a.b-c_d"], ["two words", "x".repeat(101), "__proto__"]);
const anId = text("invalid_id", ["a", "user:1"], ["two words", "x".repeat(201)]);

const request: Table<JobOptions> = {
  id: anId,
  partition: anId,
  delay: aWait,
  runAt: { good: [0, 1e12, new Date(5)], takes: ["zero", "half"], bad: [new Date(Number.NaN), 1.8e9, 1.8e15] },
  priority: { good: [9], takes: ["zero"], bad: [10] },
  metadata: { good: [{ order: "7" }], takes: ["object"], bad: [{ order: 7 }, { "": "x" }, { a: "x".repeat(257) }] },
  attempts: { good: [1, 5], bad: [6] },
  timeout: { ...aSpan, good: ["1s", 250, "1m"], bad: [...(aSpan.bad ?? []), "61s"] },
  keep: aDuration,
  unique: { good: [{ key: 1 }, { key: [], per: "queue", for: "1m", on: "replace" }], bad: [{ key: 1, on: "drop" }] },
  after: { good: [["one"], [{ id: "one" }]], bad: [[], "one"] },
  onFailed: { good: ["dead", "run"], bad: ["stop"] },
  startWithin: aSpan,
};
/** `onFailed` is for a job that comes after others alone. */
const withParent = (options: JobOptions): JobOptions =>
  options?.onFailed === undefined ? options : { after: ["one"], ...options };

type Defined = Parameters<typeof defineJob<typeof input>>[1];
type Listed = NonNullable<Parameters<ReturnType<typeof createQueue<typeof adapter>>["list"]>[0]>;
type Drained = NonNullable<Parameters<ReturnType<typeof createWorker<typeof adapter>>["drain"]>[0]>;
type Stopped = NonNullable<Parameters<ReturnType<typeof createWorker<typeof adapter>>["stop"]>[0]>;

const queue = createQueue(adapter);
const listed: Table<Listed> = {
  state: { good: ["dead", ["failed"]], takes: ["list"], bad: ["deadd", "waiting", "toString", ["dead", 5]] },
  queue: aQueue,
  name: aQueue,
  descending: aBoolean,
  limit: { good: [1, 1_000], bad: [1_001] },
  cursor: { good: ["a:1"], takes: ["text"], code: "invalid_cursor" },
};
const bulk: Table<BulkOptions> = {
  dryRun: aBoolean,
  limit: { good: [1, 1e9], bad: [2 ** 53] },
  cursor: listed.cursor,
  onPage: aFunction,
  platform,
};

export const core: readonly Factory[] = [
  factory<Defined>(
    "defineJob",
    (options) => (defineJob as (name: string, options: object) => unknown)("job", options),
    {
      input: { good: [z.string()] },
      output: { good: [z.string()] },
      version: text(undefined, ["7", "2026-01.b:c+d"], ["two words", "~1", "x".repeat(41)]),
      queue: {
        ...aQueue,
        good: [...aQueue.good, defineQueue("payments", { concurrency: 5, throttle })],
        bad: [
          ...(aQueue.bad ?? []),
          { name: "mail", concurrency: 0 },
          { name: "two words", concurrency: 1 },
          { name: "mail", throttle: { limit: 1 } },
        ],
      },
      retry: inPolicy({ good: [exponential(), fixed({ delay: 0 })], bad: [{ attempts: 3 }] }),
      timeout: aSpan,
      keep: aDuration,
      startWithin: aSpan,
      onDead: {
        good: [{ job: task, input: () => ({}) }],
        bad: [{ job: task }, { input: () => ({}) }, { job: task, input: 5 }],
      },
      priority: { good: [9], takes: ["zero"], bad: [10] },
      id: aFunction,
      partition: aFunction,
      metadata: aFunction,
      concurrency: {
        good: [{ key: () => 1 }, { key: () => 1, limit: 2 }],
        bad: [{ key: 1 }, { key: () => 1, limit: 0 }, { limit: 2 }],
      },
      order: { good: [{ key: () => 1 }], bad: [{ key: 1 }, {}] },
      throttle: {
        good: [throttle, { ...throttle, burst: 5, key: () => 1 }],
        bad: [{ limit: 1 }, { per: "1m" }, { limit: 0, per: "1m" }, { ...throttle, burst: 0 }, { ...throttle, key: 1 }],
      },
      unique: { good: [{ key: () => 1 }, { key: () => 1, on: "debounce", maxWait: "1m" }], bad: [{ key: 1 }] },
    },
    { needs: { input } },
  ),
  factory<Parameters<typeof defineQueue>[1]>(
    "defineQueue",
    (options) => defineQueue("payments", options),
    {
      concurrency: { good: [1, 1_000], bad: [2 ** 53] },
      throttle: { good: [throttle], bad: [{ limit: 1 }, { ...throttle, key: () => 1 }] },
      maxDepth: { good: [1, 1_000_000], bad: [2 ** 53] },
    },
    { needs: { concurrency: 1 } },
  ),
  factory<JobOptions>(
    "enqueue",
    async (options) => {
      const fresh = createQueue(memory());
      // To come after.
      await fresh.enqueue(task, {}, { id: "one" });
      return fresh.enqueue(task, {}, withParent(options));
    },
    request,
  ),
  factory<JobOptions>(
    "enqueueMany",
    (options) => createQueue(memory()).enqueueMany([{ definition: task, input: {}, options: withParent(options) }]),
    request,
  ),
  factory<QueueOptions>("createQueue", (options) => createQueue(adapter, options), {
    onEvent: aFunction,
    log: aLogger,
    platform,
  }),
  factory<WorkerOptions<typeof adapter>>(
    "createWorker",
    (options) => createWorker(adapter, options),
    {
      handlers: { good: [[handle(task, () => {})]], takes: ["list"], bad: [[5], [task], [undefined]] },
      queues: { good: [{ mail: 1 }], takes: ["object"], bad: [{ mail: 0 }, { mail: "2" }, { "two words": 1 }] },
      schedules: { good: [[schedule("s", every("1h"), task.with({}))]], takes: ["list"], bad: [[5], [task.with({})]] },
      onEvent: aFunction,
      log: aLogger,
      logFailures: aBoolean,
      poll: aDuration,
      priorityAge: aSpan,
      platform,
    },
    { needs: { handlers: [] } },
  ),
  factory<ManyOptions>(
    "handleMany",
    (options) => handleMany(task, options, async () => []),
    {
      size: { good: [1, 1_000], bad: [1_001] },
      wait: { ...aDuration, good: ["1s", 250, "59s"], bad: [...(aDuration.bad ?? []), "1m"] },
    },
    { needs: { size: 5, wait: 0 } },
  ),
  factory<BulkOptions>("cancelWhere", (options) => cancelWhere(queue, { name: "none" }, options), bulk),
  factory<ListOptions>("listWhere", (options) => listWhere(queue, { name: "none" }, options), {
    limit: listed.limit,
    cursor: listed.cursor,
    descending: aBoolean,
    platform,
  }),
  factory<ReplayOptions>("replayWhere", (options) => replayWhere(queue, { name: "none" }, options), {
    ...bulk,
    perSecond: { good: [0.5, 1, 1_000_000], takes: ["half"], bad: [1e7] },
  }),
  factory<JobFilter>(
    "the filter of removeWhere",
    (filter) => removeWhere(queue, filter),
    {
      state: listed.state,
      queue: aQueue,
      name: aQueue,
      olderThan: aDuration,
      metadata: { good: [{ order: "7" }], takes: ["object"], bad: [{ order: 7 }] },
      error: { good: ["503"], takes: ["text"] },
    },
    { needs: { queue: "none" } },
  ),
  factory<Drained>("drain", (options) => createWorker(adapter, { handlers: [] }).drain(options), { budget: aWait }),
  factory<Stopped>("stop", (options) => createWorker(adapter, { handlers: [] }).stop(options), { grace: aWait }),
  factory<Listed>("list", queue.list, listed),
  factory<{ missed?: unknown }>(
    "schedule",
    (options) => schedule("s", every("1h"), task.with({}), options as object),
    {
      missed: {
        good: ["latest", "skip", { all: 1 }, { all: 1_000 }],
        bad: ["later", { all: 0 }, { all: 1_001 }, { all: "2" }],
        code: "invalid_schedule",
      },
    },
    { code: "invalid_schedule" },
  ),
  factory<CronOptions>(
    "cron",
    (options) => cron("0 1 * * *", options),
    { timeZone: { good: ["UTC", "Europe/Berlin"], bad: ["Europe/Atlantis"], code: "invalid_schedule" } },
    { code: "invalid_schedule" },
  ),
  factory<Parameters<typeof exponential>[0] & object>(
    "exponential",
    exponential,
    { ...growing, factor: inPolicy({ good: [1, 1.5], takes: ["half"], bad: [0.5] }) },
    policy,
  ),
  factory<Parameters<typeof linear>[0] & object>("linear", linear, { ...growing, step: inPolicy(aDuration) }, policy),
  factory<Parameters<typeof fixed>[0]>(
    "fixed",
    fixed,
    { ...retry, delay: inPolicy(aDuration) },
    { ...policy, needs: { delay: 0 } },
  ),
  factory<Parameters<typeof custom>[0]>(
    "custom",
    custom,
    { ...retry, delay: inPolicy(aFunction), max: inPolicy(aDuration) },
    { ...policy, needs: { delay: () => 0 } },
  ),
  factory<Parameters<typeof readStats>[1]>(
    "readStats",
    (options) => readStats(adapter, options),
    { window: { good: ["minute", "hour", "day"], bad: ["week"] } },
    { needs: { window: "hour" } },
  ),
];
