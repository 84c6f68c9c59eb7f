import { env } from "cloudflare:workers";
import { cloudflareQueues } from "@longshore/cloudflare-queues";
import { anyInput } from "@longshore/conformance/tools";
import { createQueue, defineJob, fixed, handle, type JobContext, nonRetryable } from "@longshore/core";
import { expect, test, vi } from "vitest";
import { consumer, memoryPair } from "./worker.ts";

// Cloudflare's local queue between a store in memory and a consumer: the host, the runner and a real worker.
/** However busy the machine is. */
const SOON = { timeout: 200_000 };
const works: Promise<unknown>[] = [];
const broker = cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD });
const jobs = memoryPair(broker, (work) => void works.push(work));
const queue = createQueue(jobs);
const retry = fixed({ attempts: 2, delay: 1, jitter: 0 });
const mail = defineJob("send-welcome-email", {
  input: anyInput<{ userId: number }>(),
  id: ({ userId }) => `mail:${userId}`,
  retry,
});

const handledBy = (run: (input: { userId: number }, context: JobContext) => unknown): void => {
  consumer.handlers = [handle(mail, run)];
};
const ends = async (id: string, state: string): Promise<void> => {
  await vi.waitUntil(async () => {
    await jobs.dispatchDue();
    return (await queue.get(id))?.state === state;
  }, SOON);
};

test("Cloudflare Queues gets ids, states, duplicates, retries and results", async () => {
  const attempts: number[] = [];
  handledBy((_, { attempt }) => {
    attempts.push(attempt);
    if (attempt === 1) throw new Error("not now");
  });
  expect(await queue.enqueue(mail, { userId: 1 })).toEqual({ id: "mail:1", status: "created" });
  expect(await queue.enqueue(mail, { userId: 1 })).toMatchObject({ status: "duplicate" });
  await ends("mail:1", "completed");
  expect(attempts).toEqual([1, 2]);
  expect(await queue.get("mail:1", mail)).toMatchObject({ attempt: 2, failures: [{ message: "not now" }] });
});

test("a dead letter stays in the store, with its history, and is replayed from there", async () => {
  let healthy = false;
  handledBy(() => {
    if (!healthy) throw nonRetryable("no such user");
  });
  await queue.enqueue(mail, { userId: 2 });
  await ends("mail:2", "dead");
  healthy = true;
  expect(await queue.replay("mail:2")).toEqual({ status: "done" });
  await ends("mail:2", "completed");
  expect(await queue.get("mail:2")).toMatchObject({ failures: [{ message: "no such user" }] });
});

test("a payload larger than a message goes through all the same", async () => {
  let length = 0;
  handledBy((input) => {
    length = JSON.stringify(input).length;
  });
  await queue.enqueue(mail, { userId: 3, filler: "x".repeat(500_000) } as { userId: number });
  await ends("mail:3", "completed");
  expect(length).toBeGreaterThan(500_000);
});

test("three hundred jobs pass one hundred at a time, and what is settled makes room for the rest", async () => {
  const seen = new Set<number>();
  handledBy(({ userId }) => seen.add(userId));
  await queue.enqueueMany(Array.from({ length: 300 }, (_, i) => mail.with({ userId: 1_000 + i })));
  await vi.waitUntil(() => seen.size === 300, SOON);
  await Promise.all(works);
});
