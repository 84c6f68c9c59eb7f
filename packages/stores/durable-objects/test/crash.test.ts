import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type JobContext, createQueue, defineJob, fixed, handle } from "@longshore/core";
import type { NewJob } from "@longshore/core/adapter";
import { readStats, statistics } from "@longshore/core/stats";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { durableObjects } from "../src/index.ts";
import { anyInput } from "./schema.ts";
import { crew, gate, metering } from "./worker.ts";

// A reset takes an object's memory and everything that runs in it. The runners live elsewhere.

let objects = 0;
let ahead = 0;
const work = defineJob("work", { input: anyInput, retry: fixed({ attempts: 3, delay: 10, jitter: 0 }) });

beforeEach(() => {
  crew.adapter = { name: `crash-${++objects}` };
  crew.schedules = [];
  ahead = 0;
  metering.options = { clock: () => Date.now() + ahead };
});

const adapter = () => durableObjects(env.METERED, crew.adapter);
const queue = () => createQueue(adapter());
const stub = () => env.METERED.getByName(crew.adapter.name ?? "");
const until = (condition: () => unknown) => vi.waitUntil(condition, { interval: 1, timeout: 200_000 });
const states = async (): Promise<Record<string, number>> => (await queue().counts())[0]?.counts ?? {};
const requests = (count: number) => Array.from({ length: count }, (_, n) => work.with({ n }));
const handledBy = (run: (n: number, context: JobContext) => unknown): void => {
  crew.handlers = [handle(work, ({ n }, context) => run(n, context))];
};

describe("a reset of the object", () => {
  test("right after the acknowledgement loses no job", async () => {
    const done = new Set<number>();
    handledBy((n) => done.add(n));
    await queue().pause("default");
    const answers = await queue().enqueueMany(requests(50));
    await abortAllDurableObjects();
    expect(answers.every(({ status }) => status === "created")).toBe(true);
    expect(await states()).toEqual({ enqueued: 50 });
    await queue().resume("default");
    await until(() => done.size === 50);
  });

  test("while jobs run takes none of their results: they settle through a new stub, by their old tokens", async () => {
    const { opened, open } = gate();
    let started = 0;
    handledBy(() => {
      started++;
      return opened;
    });
    await queue().enqueueMany(requests(20));
    await until(() => started === 20);
    await abortAllDurableObjects();
    open();
    await until(async () => (await states())["completed"] === 20);
    const { jobs } = await queue().list();
    expect(jobs.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(started).toBe(20);
  });

  test("while jobs wait for room starts them in its next life, when the alarm or anybody wakes it", async () => {
    metering.options = { ...metering.options, maxRunning: 10 };
    const { opened, open } = gate();
    const done = new Set<number>();
    let started = 0;
    handledBy((n) => {
      started++;
      return opened.then(() => done.add(n));
    });
    await queue().enqueueMany(requests(30));
    await until(() => started === 10);
    await abortAllDurableObjects();
    open();
    await until(() => done.size === 30);
    // The next test sets the clocks of all objects ahead.
    await until(async () => (await states())["completed"] === 30);
  });

  test("that takes the runners with it is an attempt, and the jobs run again when their leases are over", async () => {
    const { opened } = gate();
    const attempts: number[] = [];
    handledBy((_, { attempt }) => {
      attempts.push(attempt);
      return attempt === 1 ? opened : undefined;
    });
    await queue().enqueueMany(requests(3));
    await until(() => attempts.length === 3);
    await abortAllDurableObjects();
    ahead = 31_000;
    await runDurableObjectAlarm(stub());
    await until(async () => (await states())["completed"] === 3);
    expect(attempts).toEqual([1, 1, 1, 2, 2, 2]);
  });

  test("leaves an alarm for whatever waits, and a lost one is set by the constructor", async () => {
    // A tick would ask the object something, which is enough for it to set one.
    metering.options = { ...metering.options, runner: { run: async () => {}, tick: async () => {} } };
    await queue().enqueue(work, { n: 1 }, { delay: "1h" });
    await evictDurableObject(stub());
    const at = await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());
    expect(at).toBeGreaterThan(Date.now() + 3_500_000);
    await runInDurableObject(stub(), (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(stub());
    await runInDurableObject(stub(), () => {});
    await until(() => runInDurableObject(stub(), (_, { storage }) => storage.getAlarm()));
  });

  test("at any moment of many jobs' lives loses none of them, and no accepted result", async () => {
    const done = new Map<string, number>();
    handledBy((n, { id, attempt }) => {
      done.set(id, (done.get(id) ?? 0) + 1);
      if (n % 7 === 3 && attempt === 1) throw new Error("not yet");
    });
    const ids: string[] = [];
    for (let round = 0; round < 12; round++) {
      const jobs = requests(10).map((_, n) => work.with({ n }, { id: `${round}:${n}` }));
      ids.push(...jobs.map(({ options }) => String(options.id)));
      // An enqueue that a reset broke off is repeated with its ids.
      const enqueue = (): Promise<unknown> => queue().enqueueMany(jobs).catch(enqueue);
      const enqueued = enqueue();
      // Each round a few turns later than the one before.
      for (let turns = 0; turns < round; turns++) await new Promise<void>((resolve) => setTimeout(resolve));
      await abortAllDurableObjects();
      await enqueued;
    }
    const settled = async (): Promise<boolean> => {
      ahead += 31_000;
      return (await states().catch(() => ({}) as Record<string, number>))["completed"] === ids.length;
    };
    await until(settled);
    expect(ids.filter((id) => !done.has(id))).toEqual([]);
  });
});

describe("a run that breaks off", () => {
  test("without a word costs an attempt that its row counts, not the alarm, and in the end its life (F101, F21)", async () => {
    metering.options = {
      ...metering.options,
      runner: { run: async () => Promise.reject(new Error("out of memory")), tick: async () => {} },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    };
    const { id } = await queue().enqueue(work, { n: 1 });
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await queue().get(id)).toMatchObject({ state: "active", attempt });
      ahead += 31_000;
      await runDurableObjectAlarm(stub());
    }
    expect(await queue().get(id)).toMatchObject({ state: "active", attempt: 4 });
  });
});

describe("an eviction between any two operations", () => {
  const job = (id: string): NewJob => ({
    id,
    name: "work",
    queue: "default",
    payload: "{}",
    headers: { v: "1" },
    priority: 5,
    due: { inMs: 0 },
    keepMs: 60_000,
  });

  test("changes no answer", async () => {
    const lives = async (evicted: boolean): Promise<readonly unknown[]> => {
      metering.options = { runner: false, clock: () => 1_000_000_000_000 };
      crew.adapter = { name: `lives-${evicted}` };
      const store = adapter();
      const answers: unknown[] = [];
      const step = async (call: Promise<unknown>): Promise<void> => {
        answers.push(await call);
        if (evicted) await evictDurableObject(stub());
      };
      const claim = () => store.claim({ queues: [{ name: "default", limit: 2 }], leaseMs: 30_000 });
      const failure = { message: "no" };
      await step(store.enqueue(["a", "b", "c", "d", "e"].map(job)));
      await step(claim());
      await step(store.settle([{ id: "a", token: 1, outcome: { type: "complete", result: "1" } }]));
      await step(store.settle([{ id: "a", token: 1, outcome: { type: "complete", result: "1" } }]));
      await step(store.renew([{ id: "b", token: 2 }], 60_000));
      await step(claim());
      await step(store.cancel([{ id: "b" }]));
      await step(store.settle([{ id: "b", token: 2, outcome: { type: "complete" } }]));
      await step(store.settle([{ id: "c", token: 3, outcome: { type: "retry", delayMs: 0, failure } }]));
      await step(store.settle([{ id: "d", token: 4, outcome: { type: "dead", failure } }]));
      await step(claim());
      await step(store.remove([{ id: "c" }, { id: "a" }]));
      await step(store.enqueue([job("a")]));
      await step(store.pause("default"));
      await step(claim());
      await step(store.resume("default"));
      await step(claim());
      await step(store.replay([{ id: "d" }, { id: "b" }]));
      await step(claim());
      const report = { name: "report", rule: "every 1h" };
      await step(store.declare([report]));
      await step(store.advance([{ ...report, from: 1_000_000_000_000, to: 1_000_000_000_001, nextAt: 2e12 }]));
      await step(store.dueInMs({ queues: ["default"], schedules: [report] }));
      await step(store.list({ limit: 100 }));
      await step(store.counts());
      return answers;
    };
    expect(JSON.stringify(await lives(true))).toBe(JSON.stringify(await lives(false)));
  });
});

describe("what an object has counted", () => {
  const counting = () => durableObjects(env.METERED, { ...crew.adapter, stats: true });
  const counted = async (): Promise<readonly number[]> => {
    const { queues, names } = await readStats(counting(), { window: "hour" });
    return [queues[0]?.enqueued ?? 0, queues[0]?.completed ?? 0, names[0]?.ran.count ?? 0];
  };
  /** One after the other: each job's claim writes down what was counted until then. */
  const one = async (n: number, text = ""): Promise<void> => {
    const input = { n, text };
    await queue().enqueue(work, input);
    await until(async () => (await counted())[1] === n + 1);
  };

  /** Anew for each life of the object. */
  const count = (): void => {
    metering.options = {
      ...metering.options,
      get stats() {
        return statistics();
      },
    };
  };

  test("survives an eviction, but for what came after the last time that the ledger was written", async () => {
    count();
    handledBy(() => {});
    for (let n = 0; n < 250; n++) await one(n);
    await evictDurableObject(stub());
    expect(await counted()).toEqual([250, 250, 250]);
    // The end of a large job is in its row.
    await one(250, "x".repeat(2_000));
    expect(await counted()).toEqual([251, 251, 251]);
    await evictDurableObject(stub());
    expect(await counted()).toEqual([251, 250, 250]);
  });

  test("has the times of attempts that a reset of the object came in between", async () => {
    count();
    const { opened, open } = gate();
    let started = 0;
    handledBy(() => {
      started++;
      return opened;
    });
    await queue().enqueueMany(requests(3));
    await until(() => started === 3);
    await abortAllDurableObjects();
    ahead = 15_000;
    open();
    await until(async () => (await states())["completed"] === 3);
    const { names } = await readStats(counting(), { window: "hour" });
    expect(names[0]?.ran.count).toBe(3);
    // Since the claim, and neither since the reset nor since 1970.
    expect(names[0]?.ran.p50).toBeGreaterThan(14_000);
    expect(names[0]?.ran.p50).toBeLessThan(3_600_000);
  });

  test("is refused where nobody counts", async () => {
    await expect(counting().stats("hour")).rejects.toMatchObject({ code: "invalid_option" });
  });
});
