import { env } from "cloudflare:workers";
import { createQueue, defineJob, defineQueue } from "@longshore/core";
import { newJob } from "@longshore/conformance/tools";
import { beforeEach, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { empty, metered } from "./meter.ts";
import { anyInput } from "./schema.ts";

const { database, meter } = metered(env.DB);
const adapter = d1(database);

beforeEach(async () => {
  await adapter.migrate();
  await empty(env.DB);
});

const enqueue = (from: number, count: number, maxDepth?: number) =>
  adapter.enqueue(Array.from({ length: count }, (_, n) => newJob(`job-${from + n}`, { maxDepth })));
async function costOf(run: () => Promise<unknown>): Promise<{ readonly written: number; readonly read: number }> {
  const before = { ...meter };
  await run();
  return { written: meter.written - before.written, read: meter.read - before.read };
}

test("a job for a queue that may be full writes no row more, and reads no more rows than the queue may have", async () => {
  const plain = await costOf(() => enqueue(0, 10));
  const bounded = await costOf(() => enqueue(10, 10, 1_000));
  expect(bounded.written).toBe(plain.written);
  await enqueue(1_000, 1_000);
  const full = await costOf(() => enqueue(20, 10, 100));
  expect(full.written).toBe(0);
  expect(full.read).toBeLessThan(plain.read + 200);
});

test("jobs of several sizes in one call fill the queue in their order", async () => {
  const sizes = [2, 3, 3, undefined, 2, 5, 5, 4];
  const answers = await adapter.enqueue(sizes.map((maxDepth, n) => newJob(`job-${n}`, { maxDepth })));
  expect(answers.map(({ status }) => status === "created")).toEqual([
    true,
    true,
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
  expect((await adapter.depth("default")).jobs).toBe(5);
});

test("a job that waits behind another with its key has a place in its queue", async () => {
  const unique = { key: "k", on: "replace" } as const;
  await adapter.enqueue([newJob("runs", { unique })]);
  await adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
  expect(await adapter.enqueue([newJob("waits", { unique })])).toEqual([{ status: "queued_behind", id: "waits" }]);
  expect((await adapter.depth("default")).jobs).toBe(2);
  const [answer] = await adapter.enqueue([newJob("third", { maxDepth: 2 })]);
  expect(answer).toMatchObject({ status: "failed", reason: "full" });
});

test("the statements for a batch of the user's refuse a job whose queue may be full: nobody would know", async () => {
  const bounded = defineJob("bounded", { input: anyInput, queue: defineQueue("few", { maxDepth: 3 }) });
  // @ts-expect-error: and it does not compile
  await expect(adapter.statements([bounded.with({ n: 1 })])).rejects.toMatchObject({
    code: "invalid_option",
    message: /maxDepth.*queue\.enqueue/,
  });
  expect((await createQueue(adapter).enqueue(bounded, { n: 1 })).status).toBe("created");
});
