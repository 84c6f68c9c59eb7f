import { anyInput } from "@longshore/conformance/tools";
import { createQueue, createWorker, defineJob, every, schedule } from "@longshore/core";
import { expect, test } from "vitest";
import { type ConsumeOptions, type QueueBinding, cloudflareQueues, consume } from "../src/index.ts";
import { setting } from "./setting.ts";

// Each `@ts-expect-error` is the test: the compiler fails where the line below it would compile.
const plain = defineJob("plain", { input: anyInput<{ userId: number }>() });
const unique = defineJob("unique", { input: anyInput<{ userId: number }>(), id: ({ userId }) => `unique:${userId}` });
const urgent = defineJob("urgent", { input: anyInput<{ userId: number }>(), priority: 0 });

const refused = (call: Promise<unknown>): Promise<void> =>
  expect(call).rejects.toMatchObject({ code: "invalid_option" });

test("the worker of a queue may be one that runs carried jobs alone", async () => {
  const { broker } = setting();
  const worker = { runCarried: async () => {} };
  await consume({ queue: "jobs", messages: [] }, { broker, worker, log: undefined });
});

test("what a broker cannot keep is a compile error, and refused at run time", async () => {
  const { broker, queue: messages } = setting();
  const queue = createQueue(broker);

  await queue.enqueue(plain, { userId: 1 }, { delay: "5m", partition: "user:1", metadata: { user_id: "1" } });
  // @ts-expect-error ids cannot be unique here
  await refused(queue.enqueue(plain, { userId: 1 }, { id: "plain:1" }));
  // @ts-expect-error priorities do not count here
  await refused(queue.enqueue(plain, { userId: 1 }, { priority: 1 }));
  // @ts-expect-error the definition derives an id
  await refused(queue.enqueue(unique, { userId: 1 }));
  // @ts-expect-error the definition has a priority
  await refused(queue.enqueue(urgent, { userId: 1 }));
  // @ts-expect-error in a batch too
  await refused(queue.enqueueMany([plain.with({ userId: 1 }), unique.with({ userId: 1 })]));
  expect(messages.waiting).toHaveLength(1);
});

test("what a broker cannot tell is a compile error, and not there", () => {
  const { broker } = setting();
  const queue = createQueue(broker);
  const worker = createWorker(broker, { handlers: [] });
  // @ts-expect-error no state
  expect(queue.get).toBe(undefined);
  // @ts-expect-error no listing
  expect(queue.list).toBe(undefined);
  // @ts-expect-error no counts
  expect(queue.counts).toBe(undefined);
  // @ts-expect-error no replay of dead letters
  expect(queue.replay).toBe(undefined);
  // @ts-expect-error nothing to cancel by
  expect(queue.cancel).toBe(undefined);
  // @ts-expect-error the platform pushes, nobody claims
  expect(worker.drain).toBe(undefined);
  const schedules = [schedule("sweep", every("5m"), plain.with({ userId: 1 }))];
  // @ts-expect-error no cursor for a schedule
  expect(() => createWorker(broker, { handlers: [], schedules })).toThrow("this adapter keeps none");
});

test("a dead-letter binding is asked for, and somebody to run the jobs", () => {
  const { broker, queue, dead } = setting();
  // @ts-expect-error no dead letters
  expect(() => cloudflareQueues({ queue })).toThrow("dead-letter queue");
  // @ts-expect-error nobody runs anything
  const nobody: ConsumeOptions = { broker };
  const worker: ConsumeOptions = { broker, worker: createWorker(broker, { handlers: [] }) };
  expect([nobody, worker]).toHaveLength(2);
  const binding: QueueBinding = dead satisfies QueueBinding;
  expect(cloudflareQueues({ queue, deadLetters: binding }).name).toBe("cloudflare-queues");
});
