import {
  type Schema,
  defineJob,
  every,
  fixed,
  handle,
  handleMany,
  nonRetryable,
  retryAfter,
  schedule,
  snooze,
} from "@longshore/core";
import { SpanKind, SpanStatusCode, diag } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { linksOf, nameOf, recorder } from "./recorder.ts";
import { greet, setting } from "./setting.ts";

const OUTCOME = "messaging.longshore.job.outcome";
const ATTEMPT = "messaging.longshore.job.attempt";

test("of jobs that one call runs together, each attempt is a span, with its own outcome", async () => {
  const { options, consumers } = recorder();
  const together = handleMany(greet, { size: 15, wait: "20ms" }, (jobs) =>
    Promise.allSettled(
      jobs.map(async ({ input, context }) => {
        if (input.userId === 3) throw new Error(`attempt ${context.attempt} of ${context.attempts}`);
      }),
    ),
  );
  const { queue, worker } = setting(options, [together], { logFailures: false });
  for (let userId = 1; userId <= 4; userId++) {
    await queue.enqueue(greet, { userId }, userId === 3 ? { attempts: 1 } : {});
  }
  await worker.drain();
  const outcomes = consumers().map(({ attributes }) => attributes[OUTCOME]);
  expect(outcomes.toSorted()).toEqual(["completed", "completed", "completed", "dead"]);
});

test("an attempt is a span of its own trace, linked to the one that enqueued the job", async () => {
  const { options, producer, consumer } = recorder();
  const { queue, worker } = setting(options, [handle(greet, () => {})]);
  const { id } = await queue.enqueue(greet, { userId: 42 });
  await worker.drain();
  expect(consumer()).toMatchObject({ name: "process mails", kind: SpanKind.CONSUMER, ended: true });
  expect(consumer().attributes).toEqual({
    "messaging.system": "longshore",
    "messaging.system.name": "longshore",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": "mails",
    "messaging.message.id": id,
    "messaging.longshore.job.name": "greet",
    [ATTEMPT]: 1,
    [OUTCOME]: "completed",
  });
  expect(consumer().status).toEqual({ code: SpanStatusCode.UNSET });
  expect(linksOf(consumer())).toEqual([nameOf(producer())]);
  expect(consumer().parentSpanContext).toBeUndefined();
  expect(consumer().spanContext().traceId).not.toBe(producer().spanContext().traceId);
});

test("each retry is a span with its attempt's number and a link to the same producer, up to the dead one", async () => {
  const { options, producer, consumers } = recorder();
  const failing = handle(greet, () => {
    throw new RangeError("no");
  });
  const { queue, worker, pass } = setting(options, [failing]);
  const { id } = await queue.enqueue(greet, { userId: 42 });
  for (let i = 0; i < 6; i++) {
    await worker.drain();
    pass(3_600_000);
  }
  expect((await queue.get(id))?.state).toBe("dead");
  expect(consumers().map(({ attributes }) => [attributes[ATTEMPT], attributes[OUTCOME]])).toEqual([
    [1, "failed"],
    [2, "failed"],
    [3, "failed"],
    [4, "failed"],
    [5, "dead"],
  ]);
  for (const consumer of consumers()) expect(linksOf(consumer)).toEqual([nameOf(producer())]);
  expect(new Set(consumers().map(nameOf)).size).toBe(5);
});

test.each([
  ["a failure", () => new RangeError("no"), "failed", "RangeError"],
  ["a verdict that trying again cannot help", () => nonRetryable("no"), "dead", "non_retryable"],
  ["a verdict to wait", () => retryAfter("1m", "busy"), "failed", "retry_after"],
  ["what is no error", () => "text", "failed", "_OTHER"],
  ["a name that is no class", () => Object.assign(new Error("no"), { name: "user 42: no" }), "failed", "_OTHER"],
])("%s is an error of the class that was thrown", async (_, thrown, outcome, type) => {
  const { options, consumer, exceptions } = recorder();
  const failing = handle(greet, () => {
    throw thrown();
  });
  const { queue, worker } = setting(options, [failing]);
  const { id } = await queue.enqueue(greet, { userId: 42 });
  await worker.drain();
  expect((await queue.get(id))?.state).toBe(outcome);
  expect(consumer().status).toEqual({ code: SpanStatusCode.ERROR });
  expect(consumer().attributes).toMatchObject({ "error.type": type, [OUTCOME]: outcome });
  expect(consumer().events).toEqual([]);
  expect(exceptions()).toEqual([
    {
      eventName: "messaging.process.exception",
      severityNumber: 17,
      attributes: { "exception.type": type },
      span: nameOf(consumer()),
    },
  ]);
});

test("a snooze is no error", async () => {
  const { options, consumer, exceptions } = recorder();
  const snoozing = handle(greet, () => {
    throw snooze("1m");
  });
  const { queue, worker } = setting(options, [snoozing]);
  await queue.enqueue(greet, { userId: 42 });
  await worker.drain();
  expect(consumer().status).toEqual({ code: SpanStatusCode.UNSET });
  expect(consumer().attributes).toMatchObject({ [OUTCOME]: "snoozed" });
  expect(exceptions()).toEqual([]);
});

test("the last attempt of the definition's own policy is dead", async () => {
  const { options, consumer } = recorder();
  const once = defineJob("once", { input: z.object({}), retry: fixed({ attempts: 1, delay: 0 }) });
  const failing = handle(once, () => {
    throw new Error("no");
  });
  const { queue, worker } = setting(options, [failing]);
  await queue.enqueue(once, {});
  await worker.drain();
  expect(consumer().attributes).toMatchObject({ [OUTCOME]: "dead" });
});

describe("a handler that ignores its signal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const deaf = handle(defineJob("deaf", { input: z.object({}), timeout: "5s" }), () => new Promise(() => {}));
  const silent = { debug() {}, info() {}, warn() {}, error() {} };

  test("has its span ended by the timeout", async () => {
    const { options, consumer } = recorder();
    const { queue, worker, adapter } = setting(options, [deaf], { log: silent });
    await queue.enqueueMany([{ definition: deaf.definition, input: {}, options: {} }]);
    const drained = worker.drain();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(consumer().status).toEqual({ code: SpanStatusCode.ERROR });
    expect(consumer().attributes).toMatchObject({ "error.type": "timeout", [OUTCOME]: "failed" });
    await vi.advanceTimersByTimeAsync(10_000);
    await drained;
    expect((await adapter.list({ limit: 1 })).jobs).toMatchObject([{ state: "failed" }]);
  });

  test("does not begin, and has no span, where its timeout passed while its input was checked", async () => {
    const { options, consumers } = recorder();
    const { promise: checked, resolve: check } = Promise.withResolvers<{ value: object }>();
    const schema = (answer: ReturnType<Schema<object>["~standard"]["validate"]>): Schema<object> => ({
      "~standard": { version: 1, vendor: "test", validate: () => answer },
    });
    // Of another version, so that the worker checks anew.
    const early = defineJob("late", { input: schema({ value: {} }), version: "1" });
    const late = defineJob("late", { input: schema(checked), version: "2", timeout: "5s" });
    const { queue, worker } = setting(options, [handle(late, () => new Promise(() => {}))], { log: silent });
    await queue.enqueue(early, {});
    const drained = worker.drain();
    await vi.advanceTimersByTimeAsync(5_000);
    check({ value: {} });
    await vi.advanceTimersByTimeAsync(10_000);
    await drained;
    expect(consumers()).toEqual([]);
  });

  test("has its span ended by a cancellation, which is no error", async () => {
    const { options, consumer } = recorder();
    const patient = handle(defineJob("patient", { input: z.object({}) }), () => new Promise(() => {}));
    const { queue, worker } = setting(options, [patient], { log: silent });
    await queue.enqueueMany([{ definition: patient.definition, input: {}, options: { id: "one" } }]);
    const drained = worker.drain();
    await vi.advanceTimersByTimeAsync(1);
    await queue.cancel("one");
    await vi.advanceTimersByTimeAsync(30_000);
    await drained;
    expect(consumer().status).toEqual({ code: SpanStatusCode.UNSET });
    expect(consumer().attributes).toMatchObject({ [OUTCOME]: "cancelled" });
  });
});

describe("a handler that heeds its signal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const heeding = handle(greet, (_, { signal }) => {
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });

  test("after its timeout changes nothing of the span that has ended", async () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    diag.setLogger({ error: warn, warn, info() {}, debug() {}, verbose() {} });
    const { options, consumer, exceptions } = recorder();
    const { queue, worker } = setting(options, [heeding]);
    await queue.enqueue(greet, { userId: 42 });
    const drained = worker.drain();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await drained).toMatchObject({ failed: 1 });
    expect(consumer().attributes).toMatchObject({ "error.type": "timeout" });
    expect(exceptions()).toMatchObject([{ attributes: { "exception.type": "timeout" } }]);
    expect(warnings).toEqual([]);
    diag.disable();
  });

  test("of a worker that stops is snoozed, which is no error", async () => {
    const { options, consumer } = recorder();
    const { queue, worker } = setting(options, [heeding]);
    const { id } = await queue.enqueue(greet, { userId: 42 });
    worker.start();
    await vi.advanceTimersByTimeAsync(1);
    const stopped = worker.stop({ grace: 0 });
    await vi.advanceTimersByTimeAsync(1_000);
    await stopped;
    expect((await queue.get(id))?.state).toBe("enqueued");
    expect(consumer().status).toEqual({ code: SpanStatusCode.UNSET });
    expect(consumer().attributes).toMatchObject({ [OUTCOME]: "snoozed" });
  });

  test("of a job that somebody else holds by now is lost, which is no error", async () => {
    const { options, consumer } = recorder();
    const { queue, worker, adapter, pass } = setting(options, [heeding]);
    await queue.enqueue(greet, { userId: 42 });
    const drained = worker.drain();
    await vi.advanceTimersByTimeAsync(1);
    pass(adapter.traits.leaseMs);
    await adapter.claim({ queues: [{ name: "mails", limit: 1 }], leaseMs: 3_600_000 });
    await vi.advanceTimersByTimeAsync(adapter.traits.leaseMs / 3);
    expect(await drained).toMatchObject({ lost: 1 });
    expect(consumer().status).toEqual({ code: SpanStatusCode.UNSET });
    expect(consumer().attributes).toMatchObject({ [OUTCOME]: "lost" });
  });
});

test("a scheduled job has no producer, and its span no link", async () => {
  const { options, producers, consumer } = recorder();
  const sweep = defineJob("sweep", { input: z.object({}) });
  const schedules = [schedule("sweep", every("5m"), sweep.with({}))];
  const { worker, pass } = setting(options, [handle(sweep, () => {})], { schedules });
  await worker.tick();
  pass(300_000);
  await worker.drain();
  expect(producers()).toEqual([]);
  expect(consumer().links).toEqual([]);
  expect(consumer().attributes).toMatchObject({ "messaging.longshore.job.name": "sweep" });
});

test("what a handler answers is stored as before", async () => {
  const { options } = recorder();
  const sum = defineJob("sum", { input: z.object({ a: z.number() }), output: z.object({ b: z.number() }) });
  const { queue, worker } = setting(options, [handle(sum, ({ a }) => ({ b: a + 1 }))]);
  const { id } = await queue.enqueue(sum, { a: 1 });
  await worker.drain();
  expect((await queue.get(id, sum))?.result).toEqual({ b: 2 });
});
