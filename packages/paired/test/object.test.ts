import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { anyInput } from "@longshore/conformance/tools";
import { createQueue, defineJob, fixed, handle, type JobContext } from "@longshore/core";
import { expect, test, vi } from "vitest";
import { consumer, objectPair } from "./worker.ts";

/** However busy the machine is. */
const SOON = { timeout: 200_000 };

// A real Durable Object that claims in the enqueue call, Cloudflare's local queue, and a consumer that settles by RPC.
const queue = createQueue(objectPair(env));
const retry = fixed({ attempts: 3, delay: 100, jitter: 0 });
const mail = defineJob("send-welcome-email", {
  input: anyInput<{ userId: number }>(),
  id: ({ userId }) => `mail:${userId}`,
  retry,
});

const handledBy = (run: (input: { userId: number }, context: JobContext) => unknown): void => {
  consumer.handlers = [handle(mail, run)];
};
const ends = async (id: string, state: string): Promise<void> => {
  await vi.waitUntil(async () => (await queue.get(id))?.state === state, SOON);
};

test("an object hands its jobs to the queue by itself, and a retry too", async () => {
  const attempts: number[] = [];
  handledBy((_, { attempt }) => {
    attempts.push(attempt);
    if (attempt === 1) throw new Error("not now");
  });
  expect(await queue.enqueue(mail, { userId: 1 })).toMatchObject({ status: "created" });
  expect(await queue.enqueue(mail, { userId: 1 })).toMatchObject({ status: "duplicate" });
  await ends("mail:1", "completed");
  expect(attempts).toEqual([1, 2]);
});

test("three hundred jobs pass the object's own limit", async () => {
  const seen = new Set<number>();
  handledBy(({ userId }) => seen.add(userId));
  await queue.enqueueMany(Array.from({ length: 300 }, (_, i) => mail.with({ userId: 1_000 + i })));
  await vi.waitUntil(() => seen.size === 300, SOON);
});

test("a payload larger than a message is read from its row in the object", async () => {
  let length = 0;
  handledBy((input) => {
    length = JSON.stringify(input).length;
  });
  await queue.enqueue(mail, { userId: 3, filler: "x".repeat(500_000) } as { userId: number });
  await ends("mail:3", "completed");
  expect(length).toBeGreaterThan(500_000);
});

test("an object that is reset while its jobs run loses none, and none of their results", async () => {
  let finish: (() => void) | undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let running = 0;
  handledBy(async () => {
    running++;
    await finished;
  });
  await queue.enqueueMany([10, 11, 12].map((userId) => mail.with({ userId })));
  await vi.waitUntil(() => running === 3, SOON);
  await abortAllDurableObjects();
  finish?.();
  for (const id of ["mail:10", "mail:11", "mail:12"]) await ends(id, "completed");
  expect(running).toBe(3);
  expect(await queue.get("mail:10")).toMatchObject({ attempt: 1 });
});
