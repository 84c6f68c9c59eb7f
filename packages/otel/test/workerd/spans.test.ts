import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { z } from "zod";
import { traceHandlers, traceQueue } from "../../src/index.ts";
import { linksOf, nameOf, recorder } from "../recorder.ts";

const greet = defineJob("greet", { input: z.object({ userId: z.number() }), queue: "mails" });

test("inside workerd a job's attempts are linked to the span that enqueued it", async () => {
  const { options, producer, consumers } = recorder();
  const clock = { now: Date.now() };
  const adapter = memory({ clock: () => clock.now });
  const { id } = await traceQueue(createQueue(adapter), options).enqueue(greet, { userId: 42 });
  const failing = handle(greet, (_, { attempt }) => {
    if (attempt === 1) throw new TypeError("not yet");
  });
  const worker = createWorker(adapter, { handlers: traceHandlers([failing], options) });
  await worker.drain();
  clock.now += 60_000;
  await worker.drain();
  expect(producer().name).toBe("send mails");
  expect(consumers()).toHaveLength(2);
  for (const consumer of consumers()) {
    expect(linksOf(consumer)).toEqual([nameOf(producer())]);
    expect(consumer.parentSpanContext).toBeUndefined();
    expect(consumer.attributes).toMatchObject({ "messaging.message.id": id });
  }
  expect(consumers().map(({ attributes }) => attributes["messaging.longshore.job.outcome"])).toEqual([
    "failed",
    "completed",
  ]);
});
