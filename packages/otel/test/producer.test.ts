import { createQueue, defineJob, handle } from "@longshore/core";
import type { Adapter, EnqueueAnswer } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { z } from "zod";
import { traceQueue } from "../src/index.ts";
import { linksOf, nameOf, recorder } from "./recorder.ts";
import { greet, report, setting } from "./setting.ts";

const PARENT = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };

test("an enqueue is a span of the conventions' name, kind and attributes", async () => {
  const { options, producer } = recorder();
  const { id } = await setting(options).queue.enqueue(greet, { userId: 42 });
  const { name, kind, attributes, status, ended } = producer();
  expect({ name, kind, status, ended }).toEqual({
    name: "send mails",
    kind: SpanKind.PRODUCER,
    status: { code: SpanStatusCode.UNSET },
    ended: true,
  });
  expect(attributes).toEqual({
    "messaging.system": "longshore",
    "messaging.system.name": "longshore",
    "messaging.operation.name": "send",
    "messaging.operation.type": "send",
    "messaging.destination.name": "mails",
    "messaging.message.id": id,
    "messaging.longshore.job.name": "greet",
    "messaging.longshore.enqueue.status": "created",
  });
});

test("the span's context travels in the job's metadata, beside what is there", async () => {
  const { options, producer } = recorder();
  const { queue } = setting(options);
  const { id } = await queue.enqueue(greet, { userId: 42 }, { metadata: { order_id: "A-7" } });
  const { traceId, spanId } = producer().spanContext();
  expect((await queue.get(id))?.metadata).toEqual({ order_id: "A-7", $traceparent: `00-${traceId}-${spanId}-01` });
});

test("the definition's own metadata stays, and its function still sees only inputs that were checked", async () => {
  const { options } = recorder();
  const { queue } = setting(options);
  const order = defineJob("order", {
    input: z.object({ order: z.object({ id: z.string() }) }),
    metadata: ({ order }) => ({ order_id: order.id }),
  });
  const { id } = await queue.enqueue(order, { order: { id: "A-7" } });
  expect((await queue.get(id))?.metadata).toMatchObject({ order_id: "A-7", $traceparent: expect.any(String) });
  // @ts-expect-error no order
  await expect(queue.enqueue(order, {})).rejects.toMatchObject({ code: "invalid_payload" });
});

test("the trace context counts against no limit of the user's: metadata that is full travels with it", async () => {
  const { options, producer, consumer } = recorder();
  const { queue, worker } = setting(options, [handle(greet, () => {})]);
  const full = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`key${i}`, "x".repeat(256)]));
  const { id } = await queue.enqueue(greet, { userId: 1 }, { metadata: full });
  const { traceId, spanId } = producer().spanContext();
  expect((await queue.get(id))?.metadata).toEqual({ ...full, $traceparent: `00-${traceId}-${spanId}-01` });
  await worker.drain();
  expect(linksOf(consumer())).toEqual([nameOf(producer())]);
});

test("what a propagator writes is carried as far as it has room, and what is no header or is personal stays behind", async () => {
  const { options } = recorder();
  const written = { traceparent: "p".repeat(55), "a b": "c", accent: "é", baggage: "user=42", huge: "h".repeat(920) };
  const tracestate = "s".repeat(512);
  const inject = (_: unknown, carrier: Record<string, string>): void => {
    Object.assign(carrier, written, { tracestate, rest: "r".repeat(512) });
  };
  const propagator = { inject, extract: (context: never) => context, fields: () => [] };
  const { queue } = setting({ ...options, propagator });
  const { id } = await queue.enqueue(greet, { userId: 1 });
  expect((await queue.get(id))?.metadata).toEqual({ $traceparent: written.traceparent, $tracestate: tracestate });
});

test("a job that brings a trace context along keeps it, and the spans are linked to that", async () => {
  const { options, producer, consumer } = recorder();
  const { queue, worker } = setting(options, [handle(greet, () => {})]);
  const metadata = { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01` };
  const { id } = await queue.enqueue(greet, { userId: 42 }, { metadata });
  expect((await queue.get(id))?.metadata).toMatchObject(metadata);
  expect(linksOf(producer())).toEqual([`${PARENT.traceId}/${PARENT.spanId}`]);
  await worker.drain();
  expect(linksOf(consumer())).toEqual([`${PARENT.traceId}/${PARENT.spanId}`]);
});

test("a batch is one span whose context all of its jobs carry", async () => {
  const { options, producer } = recorder();
  const { queue } = setting(options);
  const answers = await queue.enqueueMany([greet.with({ userId: 1 }), greet.with({ userId: 2 })]);
  expect(producer()).toMatchObject({
    name: "send mails",
    attributes: {
      "messaging.batch.message_count": 2,
      "messaging.destination.name": "mails",
      "messaging.longshore.job.name": "greet",
    },
  });
  expect(producer().attributes).not.toHaveProperty(["messaging.message.id"]);
  for (const { id } of answers) {
    const { traceId, spanId } = producer().spanContext();
    expect((await queue.get(id))?.metadata).toEqual({ $traceparent: `00-${traceId}-${spanId}-01` });
  }
});

test("a batch for several queues names none of them, and an empty one is no span", async () => {
  const { options, producer } = recorder();
  const { queue } = setting(options);
  expect(await queue.enqueueMany([])).toEqual([]);
  await queue.enqueueMany([greet.with({ userId: 1 }), report.with({ day: "today" })]);
  expect(producer().name).toBe("send");
  expect(producer().attributes).not.toHaveProperty(["messaging.destination.name"]);
  expect(producer().attributes).not.toHaveProperty(["messaging.longshore.job.name"]);
});

test("a refused enqueue is an error whose type is the refusal's code, and is thrown as it was", async () => {
  const { options, producer, exceptions } = recorder();
  const { queue } = setting(options);
  // @ts-expect-error no number
  await expect(queue.enqueue(greet, { userId: "secret" })).rejects.toMatchObject({ code: "invalid_payload" });
  expect(producer().status).toEqual({ code: SpanStatusCode.ERROR });
  expect(producer().attributes).toMatchObject({ "error.type": "invalid_payload" });
  expect(producer().events).toEqual([]);
  expect(exceptions()).toEqual([
    {
      eventName: "messaging.send.exception",
      severityNumber: 13,
      attributes: { "exception.type": "invalid_payload" },
      span: nameOf(producer()),
    },
  ]);
});

test("a batch of which some jobs failed says how many, and answers as it did", async () => {
  const { options, producer } = recorder();
  const store = memory();
  const enqueue = async (jobs: readonly unknown[]): Promise<EnqueueAnswer[]> =>
    jobs.map((_, i) => (i === 0 ? { status: "failed", message: "full" } : { status: "created" }));
  const half: Adapter = { ...store, enqueue };
  const answers = await traceQueue(createQueue(half), options).enqueueMany([
    greet.with({ userId: 1 }),
    greet.with({ userId: 2 }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["failed", "created"]);
  expect(producer().status.code).toBe(SpanStatusCode.ERROR);
  expect(producer().attributes).toMatchObject({
    "error.type": "enqueue_failed",
    "messaging.longshore.enqueue.failed_count": 1,
  });
});

test("a duplicate says so", async () => {
  const { options, producers } = recorder();
  const { queue } = setting(options);
  await queue.enqueue(greet, { userId: 1 }, { id: "one" });
  await queue.enqueue(greet, { userId: 1 }, { id: "one" });
  expect(producers().map(({ attributes }) => attributes["messaging.longshore.enqueue.status"])).toEqual([
    "created",
    "duplicate",
  ]);
});

test("what a queue can besides is as it was", async () => {
  const { options } = recorder();
  const { queue } = setting(options);
  const { id } = await queue.enqueue(greet, { userId: 1 }, { priority: 1, delay: "1h" });
  expect(await queue.cancel(id)).toEqual({ status: "done" });
  expect((await queue.get(id, greet))?.input.userId).toBe(1);
});

test("what a backend cannot is a compile error on a traced queue as well", async () => {
  const broker = {
    ...memory(),
    name: "broker",
    traits: { ...memory().traits, unique: false, ordered: false } as const,
  };
  const queue = traceQueue(createQueue(broker), recorder().options);
  // @ts-expect-error a broker keeps no ids
  const refused = queue.enqueue(greet, { userId: 1 }, { id: "one" });
  await expect(refused).rejects.toMatchObject({ code: "invalid_option" });
});

test("without a propagator nothing is carried, and nothing breaks", async () => {
  const { options } = recorder();
  const { queue } = setting({ tracer: options.tracer ?? trace.getTracer("none") });
  const { id } = await queue.enqueue(greet, { userId: 1 });
  expect((await queue.get(id))?.metadata).toEqual({});
});

test("a queue's spans are named apart", async () => {
  const { options, producers } = recorder();
  const { queue } = setting(options);
  await queue.enqueue(greet, { userId: 1 });
  await queue.enqueue(report, { day: "today" });
  expect(new Set(producers().map(nameOf)).size).toBe(2);
  expect(producers().map(({ name }) => name)).toEqual(["send mails", "send reports"]);
});
