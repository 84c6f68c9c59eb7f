import { createQueue, createWorker, defineJob, fixed, handle, systemPlatform } from "@longshore/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { type MemoryOptions, memory } from "../src/index.ts";

function world(options: MemoryOptions = {}) {
  const time = { now: 1_000_000 };
  const clock = () => time.now;
  const adapter = memory({ clock, ...options });
  const done = defineJob("done", { input: z.object({}), keep: "1h" });
  const doomed = defineJob("doomed", { input: z.object({}) });
  const refused = defineJob("refused", { input: z.object({}), retry: fixed({ attempts: 1, delay: 0 }) });
  const pruned: string[] = [];
  const platform = { ...systemPlatform, now: clock, monotonic: clock };
  // Ten thousand deaths are told, otherwise.
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const worker = createWorker(adapter, {
    platform,
    log,
    handlers: [handle(done, () => {}), handle(refused, () => Promise.reject(new Error("no")))],
    onEvent: (event) => {
      if (event.type === "pruned") pruned.push(event.job.id);
    },
  });
  const queue = createQueue(adapter, { platform });
  const bury = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await queue.enqueue(doomed, {}, { id: `dead:${time.now}` });
      const [job] = await adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 1_000 });
      await adapter.settle([
        { id: job?.id ?? "", token: job?.token ?? 0, outcome: { type: "dead", failure: { message: "" } } },
      ]);
      time.now += 1;
    }
  };
  return { adapter, queue, worker, done, refused, pruned, time, bury };
}

test("completed jobs are kept up to a bound, and those nearest their end go first", async () => {
  const { queue, worker, done, time } = world({ maxKept: 3 });
  for (let i = 0; i < 5; i++) {
    await queue.enqueue(done, {}, { id: `job:${i}` });
    await worker.drain();
    time.now += 1;
  }
  expect((await queue.list()).jobs.map(({ id }) => id)).toEqual(["job:2", "job:3", "job:4"]);
});

test("a hundred thousand ids leave no more behind than the bound, of the dead and of the others (F141, F142)", async () => {
  const { adapter, queue, worker, done, refused } = world({ maxKept: 10, maxDead: 10 });
  for (let i = 0; i < 100; i++) {
    await queue.enqueueMany(
      Array.from({ length: 1_000 }, (_, n) => (n % 10 === 0 ? refused : done).with({}, { id: `${i}:${n}` })),
    );
    await worker.drain();
    await adapter.prune(1_000);
  }
  const [counted] = await queue.counts();
  expect(counted?.counts).toEqual({ completed: 10, dead: 10 });
  expect((await queue.list()).jobs).toHaveLength(20);
});

test("a kept job's id is free again once its time is over", async () => {
  const { queue, worker, done, time } = world();
  await queue.enqueue(done, {}, { id: "job" });
  await worker.drain();
  time.now += 3_599_999;
  expect(await queue.enqueue(done, {}, { id: "job" })).toMatchObject({ status: "duplicate", state: "completed" });
  time.now += 1;
  expect(await queue.get("job")).toBeUndefined();
  expect(await queue.enqueue(done, {}, { id: "job" })).toMatchObject({ status: "created" });
});

test("dead letters over the bound go at a tick, the oldest first, and each with an event", async () => {
  const { queue, worker, pruned, bury } = world({ maxDead: 2 });
  await bury(4);
  expect((await queue.list({ state: "dead" })).jobs).toHaveLength(4);
  await worker.tick();
  expect(pruned).toEqual(["dead:1000000", "dead:1000001"]);
  expect((await queue.list({ state: "dead" })).jobs).toHaveLength(2);
});

test("a dead letter goes once its time is over", async () => {
  const { queue, worker, pruned, bury, time } = world({ deadKeep: "1s" });
  await bury(1);
  await worker.tick();
  expect(pruned).toEqual([]);
  time.now += 60_000; // a worker looks at the dead letters once a minute
  await worker.tick();
  expect(pruned).toEqual(["dead:1000000"]);
  expect(await queue.counts()).toEqual([]);
});

test("a cursor that list did not give is refused", async () => {
  await expect(world().queue.list({ cursor: "no such\ncursor" })).rejects.toMatchObject({ code: "invalid_cursor" });
});
