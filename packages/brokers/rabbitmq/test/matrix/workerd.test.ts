import { AMQPClient } from "@cloudamqp/amqp-client";
import { conformance, contractCases } from "@longshore/conformance";
import { createQueue, createWorker, defineJob, handle, retryAfter } from "@longshore/core";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { consume, overAmqpClient, rabbitmq } from "../../src/index.ts";
import { makeOver } from "../subject.ts";

const url = inject("rabbitmq");

// Inside workerd, over its sockets.
describe.skipIf(url === undefined)("in a Worker", async () => {
  if (url === undefined) return;
  const connect = overAmqpClient(() => new AMQPClient(url));

  test("a job is enqueued, fails, waits in the server, and runs", async () => {
    const broker = rabbitmq({ connect, prefix: "worker" });
    const task = defineJob("task", { input: z.object({ n: z.number() }) });
    const attempts: number[] = [];
    const ended = Promise.withResolvers<void>();
    const run = handle(task, ({ n }, { attempt }) => {
      attempts.push(attempt);
      if (attempt === 1) throw retryAfter("1s", "not now");
      ended.resolve();
      return void n;
    });
    const consumer = consume({
      broker,
      queues: { default: 1 },
      worker: createWorker(broker, { handlers: [run], logFailures: false }),
    });
    await createQueue(broker).enqueue(task, { n: 1 });
    await ended.promise;
    expect(attempts).toEqual([1, 2]);
    await consumer.stop();
    await broker.close();
  });

  const checks = await conformance(makeOver(url, connect, "workerd"), contractCases);
  for (const { name, skip, run } of checks) {
    test(name, async (context) => {
      if (skip !== undefined) context.skip(skip);
      await run();
    });
  }
});
