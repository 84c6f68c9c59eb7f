import { defineJob, handle } from "@longshore/core";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { expect, test } from "vitest";
import { z } from "zod";
import { linksOf, nameOf, recorder } from "../recorder.ts";
import { greet, report, setting } from "../setting.ts";

const OUTCOME = "messaging.longshore.job.outcome";

test("inside workerd a job's attempts are linked to the span that enqueued it", async () => {
  const { options, producer, consumers, exceptions } = recorder();
  const failing = handle(greet, (_, { attempt }) => {
    if (attempt === 1) throw new TypeError("not yet");
  });
  const { queue, worker, pass } = setting(options, [failing]);
  const { id } = await queue.enqueue(greet, { userId: 42 });
  await worker.drain();
  pass(60_000);
  await worker.drain();
  expect(producer().name).toBe("send mails");
  expect(consumers().map(({ attributes }) => attributes[OUTCOME])).toEqual(["failed", "completed"]);
  expect(exceptions()).toEqual([
    {
      eventName: "messaging.process.exception",
      severityNumber: 17,
      attributes: { "exception.type": "TypeError" },
      span: consumers().map(nameOf)[0],
    },
  ]);
  for (const consumer of consumers()) {
    expect(linksOf(consumer)).toEqual([nameOf(producer())]);
    expect(consumer.parentSpanContext).toBeUndefined();
    expect(consumer.attributes).toMatchObject({ "messaging.message.id": id });
  }
});

test("inside workerd a batch and the follow-ups of its jobs are linked as well", async () => {
  const { options, producer, consumers } = recorder();
  const asking = handle(greet, (_, { enqueue }) => enqueue(report.with({ day: "today" })));
  const { queue, worker } = setting(options, [asking, handle(report, () => {})]);
  await queue.enqueueMany([greet.with({ userId: 1 }), greet.with({ userId: 2 })]);
  await worker.drain();
  const of = (name: string) => consumers().filter((span) => span.name === name);
  const follow = of("process reports");
  expect(of("process mails").map(linksOf)).toEqual([[nameOf(producer())], [nameOf(producer())]]);
  expect(follow.flatMap(linksOf).toSorted()).toEqual(of("process mails").map(nameOf).toSorted());
});

test("inside workerd a context manager makes a handler's spans the attempt's children", async () => {
  // Never taken back, because workerd cannot disable one: this test is the file's last.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const { options, tracer, spans, consumer } = recorder();
  const ping = defineJob("ping", { input: z.object({}) });
  const working = handle(ping, async () => {
    await Promise.resolve();
    tracer.startSpan("work").end();
  });
  const { queue, worker } = setting(options, [working]);
  await queue.enqueue(ping, {});
  await worker.drain();
  const work = spans().find(({ name }) => name === "work");
  expect(work?.parentSpanContext?.spanId).toBe(consumer().spanContext().spanId);
});
