import {
  type ErrorCode,
  LongshoreError,
  createQueue,
  createWorker,
  custom,
  defineJob,
  every,
  fixed,
  handle,
  handleMany,
  jsonLines,
  schedule,
} from "@longshore/core";
import { cloudflareQueues, consume, readDeadLetter } from "@longshore/cloudflare-queues";
import { readStats, statistics } from "@longshore/core/stats";
import { durableObjects, jobsRunner } from "@longshore/durable-objects";
import { dashboard } from "@longshore/dashboard";
import { serve } from "@longshore/http";
import { memory } from "@longshore/memory";
import { traceHandlers, traceQueue } from "@longshore/otel";
import { paired } from "@longshore/paired";
import { postgres } from "@longshore/postgres";
import {
  analyticsEngine,
  evaluate,
  metrics,
  prometheus,
  backtest,
  webhookSink,
  withHeartbeat,
} from "@longshore/signals";
import { expect, test, vi } from "vitest";
import { z } from "zod";

// Only the runtime has it.
vi.mock("cloudflare:workers", () => ({ DurableObject: Object, WorkerEntrypoint: Object }));

/** A function that no compiler has seen, as for somebody who writes JavaScript. */
const loose = (call: unknown): ((...given: readonly unknown[]) => unknown) => call as never;

const input = z.object({});
const task = defineJob("task", { input });
const store = memory({ stats: statistics() });
const queue = createQueue(store);
const worker = createWorker(store, { handlers: [] });
const broker = cloudflareQueues({ queue: { sendBatch: async () => {} }, deadLetters: { sendBatch: async () => {} } });

test.each<[what: string, call: () => unknown, code: ErrorCode, said: string]>([
  ["defineJob without options", () => loose(defineJob)("x"), "invalid_option", "input of x"],
  ["a retry that is a number", () => loose(defineJob)("x", { input, retry: 3 }), "invalid_retry", "got 3"],
  ["no adapter", () => loose(createQueue)(), "invalid_option", "adapter of createQueue"],
  ["memory instead of memory()", () => loose(createQueue)(memory), "invalid_option", "got function"],
  ["a worker of memory", () => loose(createWorker)(memory, { handlers: [] }), "invalid_option", "got function"],
  ["a worker without options", () => loose(createWorker)(store), "invalid_option", "options of createWorker"],
  ["handlers by their names", () => loose(createWorker)(store, { handlers: {} }), "invalid_option", "handlers"],
  [
    "a handler that is a function",
    () => loose(createWorker)(store, { handlers: [() => {}] }),
    "invalid_option",
    "handle",
  ],
  [
    "schedules on a broker",
    () => loose(createWorker)(broker, { handlers: [], schedules: [schedule("s", every("1h"), task.with({}))] }),
    "invalid_option",
    "schedules",
  ],
  ["handle without a function", () => loose(handle)(task), "invalid_option", "handler of task"],
  ["handle without a definition", () => loose(handle)(undefined, () => {}), "invalid_option", "defineJob"],
  ["handleMany without options", () => loose(handleMany)(task), "invalid_option", "size"],
  [
    "handleMany without a function",
    () => loose(handleMany)(task, { size: 5, wait: 0 }),
    "invalid_option",
    "handler of task",
  ],
  ["enqueue without a definition", () => loose(queue.enqueue)(), "invalid_option", "defineJob"],
  ["enqueue by a name", () => loose(queue.enqueue)("task", {}), "invalid_option", "defineJob"],
  ["enqueueMany of one", () => loose(queue.enqueueMany)(task.with({})), "invalid_option", "a list"],
  ["enqueueMany of definitions", () => loose(queue.enqueueMany)([task]), "invalid_option", "definition.with"],
  ["enqueueMany of nothing", () => loose(queue.enqueueMany)([undefined]), "invalid_option", "definition.with"],
  ["with an unknown option", () => loose(task.with)({}, { dealy: 5 }), "invalid_option", "did you mean delay"],
  ["get of nothing", () => loose(queue.get)(), "invalid_id", "id"],
  ["get with a name", () => loose(queue.get)("a", "task"), "invalid_option", "defineJob"],
  ["cancel of nothing", () => loose(queue.cancel)(undefined), "invalid_id", "id"],
  ["cancel of null", () => loose(queue.cancel)(null), "invalid_id", "id"],
  ["replayMany of one", () => loose(queue.replayMany)("a"), "invalid_option", "a list"],
  ["pause of nothing", () => loose(queue.pause)(), "invalid_name", "queue"],
  ["run of one", () => loose(worker.run)({}), "invalid_option", "a list"],
  ["fixed without a delay", () => loose(fixed)(), "invalid_retry", "delay of fixed"],
  ["custom without a delay", () => loose(custom)(), "invalid_retry", "delay of custom"],
  ["every without a period", () => loose(every)(), "invalid_schedule", "period"],
  ["a schedule without a rule", () => loose(schedule)("s", "1h", task.with({})), "invalid_schedule", "rule of s"],
  ["a schedule of a definition", () => loose(schedule)("s", every("1h"), task), "invalid_schedule", "definition.with"],
  ["jsonLines without a function", () => loose(jsonLines)(), "invalid_option", "a function"],
  ["readStats without a window", () => loose(readStats)(store), "invalid_option", "window"],
  [
    "readStats of nothing",
    () => loose(readStats)(undefined, { window: "hour" }),
    "invalid_option",
    "store of readStats",
  ],
  [
    "an address in place of a client of Postgres, without its password",
    () => loose(postgres)("postgres://app:secret@db.example.com/shop"),
    "invalid_option",
    'got "postgres://...@db.example.com/shop"',
  ],
  ["serve of a queue", () => loose(serve)(queue, { authorize: () => [] }), "invalid_option", "adapter of serve"],
  [
    "a page of a queue",
    () => loose(dashboard)(queue, { authorize: () => [] }),
    "invalid_option",
    "adapter of dashboard",
  ],
  ["a binding that is missing", () => loose(durableObjects)(undefined), "invalid_option", "wrangler"],
  ["jobsRunner of a worker", () => loose(jobsRunner)(worker), "invalid_option", "a function"],
  ["a queue's binding that is missing", () => loose(cloudflareQueues)(), "invalid_option", "wrangler"],
  ["consume without options", () => loose(consume)({ queue: "q", messages: [] }), "invalid_option", "broker"],
  [
    "consume without a worker",
    () => loose(consume)({ queue: "q", messages: [] }, { broker }),
    "invalid_option",
    "worker",
  ],
  ["a dead letter that is none", () => loose(readDeadLetter)(), "invalid_option", "message"],
  ["a pair without a broker", () => loose(paired)(store), "invalid_option", "broker of paired"],
  ["a pair without a store", () => loose(paired)(undefined, broker), "invalid_option", "store of paired"],
  ["presence of a broker", () => loose(withHeartbeat)(broker), "invalid_option", "adapter of withHeartbeat"],
  ["evaluate without rules", () => loose(evaluate)(store), "invalid_option", "rules"],
  ["evaluate of a broker", () => loose(evaluate)(broker, { rules: {} }), "invalid_option", "adapter of evaluate"],
  ["rules without a history", () => loose(backtest)({}), "invalid_option", "history"],
  ["metrics of nothing", () => loose(metrics)(), "invalid_option", "store of metrics"],
  ["prometheus of nothing", () => loose(prometheus)(), "invalid_option", "metrics()"],
  ["a dataset that is missing", () => loose(analyticsEngine)(), "invalid_option", "dataset"],
  ["a traced queue of an adapter", () => loose(traceQueue)(store), "invalid_option", "queue of traceQueue"],
  ["a traced enqueue of nothing", () => loose(traceQueue(queue).enqueue)(), "invalid_option", "defineJob"],
  [
    "a traced enqueueMany of one",
    () => loose(traceQueue(queue).enqueueMany)(task.with({})),
    "invalid_option",
    "a list",
  ],
  ["traced handlers by their names", () => loose(traceHandlers)({}), "invalid_option", "a list"],
  ["a webhook without a url", () => loose(webhookSink)(), "invalid_option", "url"],
])("%s is our error, and says what was expected", async (_what, call, code, said) => {
  let thrown: unknown;
  try {
    await call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(LongshoreError);
  const { code: own, message } = thrown as LongshoreError;
  expect([own, message]).toEqual([code, expect.stringContaining(said)]);
});
