import { env } from "cloudflare:workers";
import {
  type AnySchema,
  type Definition,
  type JobOptions,
  createQueue,
  createWorker,
  defineJob,
  handle,
} from "@longshore/core";
import { beforeEach, describe, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { type Meter, empty, metered } from "./meter.ts";
import { anyInput } from "./schema.ts";

// A row written costs a thousand times what a row read costs, and the tables are made for that.

const plain = defineJob("plain", { input: anyInput, keep: 0 });
const kept = defineJob("kept", { input: anyInput, keep: "1d" });
const keyed = defineJob("keyed", { input: anyInput, keep: 0, unique: { key: ({ n }) => n, on: "replace" } });
const handlers = [handle(plain, () => {}), handle(kept, () => {})];
const DAY = 86_400_000;

type Any = Definition<AnySchema, AnySchema | undefined>;

let ahead = 0;
const { database, meter } = metered(env.DB);
const adapter = d1(database, { clock: () => Date.now() + ahead });

beforeEach(async () => {
  ahead = 0;
  await adapter.migrate();
  await empty(env.DB);
});

const enqueue = (jobs: number, options: JobOptions = {}, definition: Any = plain) =>
  createQueue(adapter).enqueueMany(Array.from({ length: jobs }, (_, n) => definition.with({ n }, options)));

const enqueueKeyed = (jobs: number) =>
  createQueue(adapter).enqueueMany(Array.from({ length: jobs }, (_, n) => keyed.with({ n })));

/** Claims and completes as many as there are, so many at a time. */
async function work(size: number): Promise<void> {
  for (;;) {
    const jobs = await adapter.claim({ queues: [{ name: "default", limit: size }], leaseMs: 30_000 });
    if (jobs.length === 0) return;
    await adapter.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  }
}

async function costOf(jobs: number, run: () => Promise<unknown>): Promise<Pick<Meter, "written" | "read">> {
  const before = { ...meter };
  await run();
  return { written: (meter.written - before.written) / jobs, read: (meter.read - before.read) / jobs };
}

describe("rows written over the whole life of a job", () => {
  test("in tens are 4.1: two for the enqueue, 1.1 for the claim, one for the settlement", async () => {
    const enqueued = await costOf(100, async () => {
      for (let batch = 0; batch < 10; batch++) await enqueue(10);
    });
    expect(enqueued.written).toBe(2);
    expect((await costOf(100, () => work(10))).written).toBe(2.1);
  });

  test("are five for a job that comes alone", async () => {
    const { written } = await costOf(20, async () => {
      for (let job = 0; job < 20; job++) {
        await enqueue(1);
        await work(1);
      }
    });
    expect(written).toBe(5);
  });

  test("are as many through a worker, whose looks at an empty queue write nothing", async () => {
    const { written } = await costOf(100, async () => {
      await enqueue(100);
      await createWorker(adapter, { handlers, queues: { default: 10 } }).drain();
    });
    expect(written).toBeLessThanOrEqual(4.1);
    const looks = await costOf(1, async () => {
      for (let look = 0; look < 10; look++) {
        await work(10);
        await adapter.dueInMs({ queues: ["default"], schedules: [] });
        await adapter.prune(100);
      }
    });
    expect(looks.written).toBe(0);
  });

  test("are two more for one that is kept, its removal included", async () => {
    const { written } = await costOf(100, async () => {
      await enqueue(100, {}, kept);
      await work(10);
      ahead = 2 * DAY;
      await adapter.prune(100);
    });
    expect((await adapter.list({ limit: 1 })).jobs).toEqual([]);
    expect(written).toBeLessThanOrEqual(6.1);
  });

  test("is one more for one with a unique key: its place among the keys", async () => {
    const { written } = await costOf(100, async () => {
      await enqueueKeyed(100);
      await work(10);
    });
    expect((await adapter.list({ limit: 1 })).jobs).toEqual([]);
    expect(written).toBeLessThanOrEqual(5.12);
  });

  test("are none more for a lapsed lease's exact turn: the next claim costs what the first did", async () => {
    await enqueue(10);
    const take = () => adapter.claim({ queues: [{ name: "default", limit: 10 }], leaseMs: 1_000 });
    expect((await costOf(10, take)).written).toBe(1.1);
    ahead += 1_000;
    expect((await costOf(10, take)).written).toBe(1.1);
  });
});

describe("rows read", () => {
  test("by a job's claim and settlement do not grow with the number that waits", async () => {
    const few = await costOf(100, async () => {
      await enqueue(100);
      await work(10);
    });
    for (let batch = 0; batch < 10; batch++) await enqueue(1_000, { priority: 6 });
    const many = await costOf(100, async () => {
      await enqueue(100);
      for (let batch = 0; batch < 10; batch++) {
        const jobs = await adapter.claim({ queues: [{ name: "default", limit: 10 }], leaseMs: 30_000 });
        await adapter.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
      }
    });
    expect(many.read).toBeLessThan(few.read + 5);
    expect(many.read).toBeLessThan(40);
  });
});
