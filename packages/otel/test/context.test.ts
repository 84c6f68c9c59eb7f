import { createQueue, createWorker, handle } from "@longshore/core";
import { memory } from "@longshore/memory";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { traceQueue } from "../src/index.ts";
import { linksOf, nameOf, recorder } from "./recorder.ts";
import { greet, report, setting } from "./setting.ts";

// As an app registers them, once for its process.
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
afterAll(() => {
  context.disable();
  propagation.disable();
});

test("spans that a handler makes are children of its attempt, across awaits", async () => {
  const { options, tracer, consumer, spans } = recorder();
  const working = handle(greet, async () => {
    await Promise.resolve();
    tracer.startSpan("work").end();
  });
  const { queue, worker } = setting(options, [working]);
  await queue.enqueue(greet, { userId: 1 });
  await worker.drain();
  const work = spans().find(({ name }) => name === "work");
  expect(work?.parentSpanContext?.spanId).toBe(consumer().spanContext().spanId);
});

test("an enqueue is a child of the span that it is called in, and what the adapter does is its own child", async () => {
  const { options, tracer, producer, spans } = recorder();
  const store = memory();
  const adapter: typeof store = {
    ...store,
    enqueue(jobs) {
      tracer.startSpan("insert").end();
      return store.enqueue(jobs);
    },
  };
  const queue = traceQueue(createQueue(adapter), options);
  await tracer.startActiveSpan("request", async (request) => {
    await queue.enqueue(greet, { userId: 1 });
    request.end();
  });
  const named = (wanted: string) => spans().find(({ name }) => name === wanted);
  expect(producer().parentSpanContext?.spanId).toBe(named("request")?.spanContext().spanId);
  expect(named("insert")?.parentSpanContext?.spanId).toBe(producer().spanContext().spanId);
});

test("the globally registered propagator is the default", async () => {
  const { options, producer, consumer } = recorder();
  const { queue, worker } = setting({ tracer: options.tracer ?? trace.getTracer("none") }, [handle(greet, () => {})]);
  await queue.enqueue(greet, { userId: 1 });
  await worker.drain();
  expect(linksOf(consumer())).toEqual([nameOf(producer())]);
});

test("a worker that runs within a span has its attempts there, with their links", async () => {
  const { options, tracer, producer, consumer, spans } = recorder();
  const { queue, worker } = setting(options, [handle(greet, () => {})]);
  await queue.enqueue(greet, { userId: 1 });
  await tracer.startActiveSpan("alarm", async (alarm) => {
    await worker.drain();
    alarm.end();
  });
  const alarm = spans().find(({ name }) => name === "alarm");
  expect(consumer().parentSpanContext?.spanId).toBe(alarm?.spanContext().spanId);
  expect(linksOf(consumer())).toEqual([nameOf(producer())]);
});

test("a worker that was started outside is not drawn into the span that wakes it by an enqueue", async () => {
  const { options, tracer, producer, consumer } = recorder();
  const { promise: ran, resolve } = Promise.withResolvers<void>();
  const { queue, worker } = setting(options, [handle(greet, () => resolve())]);
  worker.start();
  await tracer.startActiveSpan("request", async (request) => {
    await queue.enqueue(greet, { userId: 1 });
    request.end();
  });
  await ran;
  await worker.stop();
  expect(consumer().parentSpanContext).toBeUndefined();
  expect(linksOf(consumer())).toEqual([nameOf(producer())]);
});

test("follow-up jobs carry the context of the attempt that asked for them, also by a function taken out", async () => {
  const { options, consumers } = recorder();
  const first = handle(greet, (_, { enqueue, remainingMs, metadata }) => {
    expect(remainingMs()).toBeGreaterThan(0);
    enqueue(report.with({ day: "today" }, { metadata }));
  });
  const { queue, worker } = setting(options, [first, handle(report, () => {})]);
  await queue.enqueue(greet, { userId: 1 }, { metadata: { order_id: "A-7" } });
  await worker.drain();
  const [asking, asked] = consumers();
  expect(asking && asked && linksOf(asked)).toEqual([asking && nameOf(asking)]);
  const { jobs } = await queue.list({ queue: "reports" });
  expect(jobs[0]?.metadata).toMatchObject({ order_id: "A-7" });
});

test("a handler's context is what it was: getters, signal, log and functions work", async () => {
  const { options } = recorder();
  const seen: unknown[] = [];
  const looking = handle(greet, (_, job) => {
    seen.push(job.id, job.name, job.queue, job.attempt, job.token, job.metadata);
    seen.push(job.signal.aborted, typeof job.log.info, job.remainingMs() > 0);
  });
  const { queue, worker } = setting(options, [looking]);
  const { id } = await queue.enqueue(greet, { userId: 1 }, { metadata: { order_id: "A-7" } });
  await worker.drain();
  expect(seen).toEqual([id, "greet", "mails", 1, expect.any(Number), { order_id: "A-7" }, false, "function", true]);
});

test("a handler that is not traced hands the metadata of its job on, without the job's own trace context", async () => {
  const { options, producer } = recorder();
  const { queue, adapter } = setting(options);
  const first = handle(greet, (_, { enqueue, metadata }) => enqueue(report.with({ day: "today" }, { metadata })));
  await queue.enqueue(greet, { userId: 1 }, { metadata: { order_id: "A-7" } });
  await createWorker(adapter, { handlers: [first] }).drain();
  const { jobs } = await queue.list();
  expect(jobs.map(({ name, metadata }) => [name, metadata]).toSorted()).toEqual([
    ["greet", { order_id: "A-7", $traceparent: `00-${nameOf(producer()).replace("/", "-")}-01` }],
    ["report", { order_id: "A-7" }],
  ]);
});
