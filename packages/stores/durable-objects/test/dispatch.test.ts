import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type JobOptions, createQueue, defineJob, fixed, handle } from "@longshore/core";
import type { ClaimedJob, Lease } from "@longshore/core/adapter";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { durableObjects } from "../src/index.ts";
import { anyInput } from "./schema.ts";
import { crew, gate, metering } from "./worker.ts";

let objects = 0;
const seen: number[] = [];
const note = defineJob("note", {
  input: anyInput,
  retry: fixed({ attempts: 2, delay: 50, jitter: 0 }),
});

beforeEach(() => {
  crew.adapter = { name: `dispatch-${++objects}` };
  crew.schedules = [];
  crew.handlers = [handle(note, ({ n }) => void seen.push(n))];
  metering.options = {};
  seen.length = 0;
});

const adapter = () => durableObjects(env.METERED, crew.adapter);
const queue = () => createQueue(adapter());
const stub = () => env.METERED.getByName(crew.adapter.name ?? "");
const enqueue = (n: number, options?: JobOptions) => queue().enqueue(note, { n }, options);
const requests = (count: number) => Array.from({ length: count }, (_, n) => note.with({ n }));
const alarmAt = () => runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());
const until = (condition: () => unknown) => vi.waitUntil(condition, { interval: 1, timeout: 200_000 });

/** Nothing is left to run that would run into the next test. */
const finished = () =>
  until(async () => (await queue().counts()).every(({ counts }) => Object.keys(counts).join() === "completed"));

describe("jobs start", () => {
  test("in the enqueue call itself, which answers before they are done", async () => {
    const { opened, open } = gate();
    crew.handlers = [handle(note, ({ n }) => opened.then(() => void seen.push(n)))];
    const { id } = await enqueue(1);
    expect((await queue().get(id))?.state).toBe("active");
    expect(seen).toEqual([]);
    open();
    await until(() => seen.length === 1);
  });

  test("in the order of priority, due time and enqueue, and never before what waits", async () => {
    const { opened, open } = gate();
    metering.options = { maxRunning: 1, batchSize: 1 };
    crew.handlers = [handle(note, ({ n }) => opened.then(() => void seen.push(n)))];
    await enqueue(0);
    await queue().enqueueMany([note.with({ n: 2 }), note.with({ n: 1 }, { priority: 1 })]);
    await enqueue(3);
    open();
    await until(() => seen.length === 4);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  test("up to the bound, and the rest when a run ends", async () => {
    metering.options = { maxRunning: 20, batchSize: 10 };
    let running = 0;
    let most = 0;
    const { opened, open } = gate();
    crew.handlers = [
      handle(note, async ({ n }) => {
        most = Math.max(most, ++running);
        await opened;
        running--;
        seen.push(n);
      }),
    ];
    await queue().enqueueMany(requests(55));
    await until(() => running === 20);
    open();
    await until(() => seen.length === 55);
    expect(most).toBe(20);
    expect(new Set(seen).size).toBe(55);
  });

  test("in whole batches where there is a choice, because one alone costs as much", async () => {
    const batches: number[] = [];
    const claimed: Lease[] = [];
    const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
      batches.push(jobs.length);
      claimed.push(...jobs);
      // As long as the test: only settlements make room.
      await new Promise(() => {});
    };
    metering.options = { maxRunning: 20, batchSize: 10, runner: { run, tick: async () => {} } };
    await queue().enqueueMany(requests(50));
    await until(() => batches.length === 2);
    const settle = (jobs: readonly Lease[]) =>
      adapter().settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
    await settle(claimed.splice(0, 9));
    await adapter().wake();
    expect(batches).toEqual([10, 10]);
    await settle(claimed.splice(0, 1));
    await until(() => batches.length === 3);
    expect(batches).toEqual([10, 10, 10]);
  });

  test("from every queue, the one first that has waited longest", async () => {
    const { opened, open } = gate();
    metering.options = { maxRunning: 1, batchSize: 1 };
    const other = defineJob("other", { input: anyInput, queue: "other" });
    crew.handlers = [note, other].map((definition) =>
      handle(definition, ({ n }) => opened.then(() => void seen.push(n))),
    );
    await enqueue(0);
    await enqueue(1);
    await queue().enqueue(other, { n: 2 });
    await enqueue(3);
    open();
    await until(() => seen.length === 4);
    expect(seen.slice(0, 2)).toEqual([0, 1]);
  });

  test("of the queue first whose job was due first, whichever was enqueued first", async () => {
    const { opened, open } = gate();
    metering.options = { maxRunning: 1, batchSize: 1 };
    const other = defineJob("other", { input: anyInput, queue: "other" });
    crew.handlers = [note, other].map((definition) =>
      handle(definition, ({ n }) => opened.then(() => void seen.push(n))),
    );
    await enqueue(0);
    await enqueue(1);
    await queue().enqueue(other, { n: 2 }, { runAt: 1 });
    open();
    await until(() => seen.length === 3);
    expect(seen).toEqual([0, 2, 1]);
  });

  test("again after a failure, when their delay is over, without anybody asking", async () => {
    crew.handlers = [
      handle(note, ({ n }, { attempt }) => {
        seen.push(attempt);
        if (attempt === 1) throw new Error(`not ${n}`);
      }),
    ];
    const { id } = await enqueue(1);
    await until(() => seen.length === 2);
    await until(async () => (await queue().get(id))?.state === "completed");
    expect(seen).toEqual([1, 2]);
  });

  test("when an operator replays them, makes them due, or resumes their queue", async () => {
    const delayed = await enqueue(1, { delay: "1d" });
    const cancelled = await enqueue(2, { delay: "1d" });
    await queue().cancel(cancelled.id);
    await queue().replay(cancelled.id);
    await until(() => seen.length === 1);
    await queue().runNow(delayed.id);
    await until(() => seen.length === 2);
    await queue().pause("default");
    await enqueue(3);
    expect((await queue().counts())[0]).toMatchObject({ paused: true, counts: { enqueued: 1 } });
    await queue().resume("default");
    await until(() => seen.length === 3);
    expect(seen).toEqual([2, 1, 3]);
  });

  test("at once as the follow-up of another", async () => {
    crew.handlers = [
      handle(note, ({ n }, context) => {
        seen.push(n);
        if (n < 3) context.enqueue(note.with({ n: n + 1 }));
      }),
    ];
    await enqueue(1);
    await until(() => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe("the alarm", () => {
  test("stands no later than the lease's end while a job runs", async () => {
    const { opened, open } = gate();
    crew.handlers = [handle(note, () => opened)];
    const before = Date.now();
    await enqueue(1);
    const at = await alarmAt();
    expect(at).toBeGreaterThan(before);
    expect(at).toBeLessThanOrEqual(Date.now() + 30_000);
    open();
    await finished();
  });

  test("stands at the lease's end, and not at once, while there is no room for what is due", async () => {
    metering.options = { maxRunning: 10 };
    const { opened, open } = gate();
    crew.handlers = [handle(note, () => opened)];
    await queue().enqueueMany(requests(30));
    await adapter().wake();
    expect(await alarmAt()).toBeGreaterThan(Date.now() + 20_000);
    open();
    await finished();
  });

  test("stands at the time of the next job, and starts it", async () => {
    const before = Date.now();
    await enqueue(1, { delay: 200 });
    // On a busy machine it may have rung by now, and there is none.
    expect((await alarmAt()) ?? Infinity).toBeGreaterThanOrEqual(before + 200);
    await until(() => seen.length === 1);
  });

  test("is moved ahead for an earlier job, and not back for a later one", async () => {
    await enqueue(1, { delay: "2h" });
    const later = Number(await alarmAt());
    await enqueue(2, { delay: "1h" });
    const sooner = Number(await alarmAt());
    expect(later - sooner).toBeGreaterThan(3_000_000);
    await enqueue(3, { delay: "3h" });
    expect(await alarmAt()).toBe(sooner);
  });

  test("is never set for a time past, however long a job has been due", async () => {
    await queue().pause("default");
    await enqueue(1, { runAt: 1 });
    expect(await alarmAt()).toBe(null);
  });

  test("returns before the jobs are done that it starts, so that its fifteen minutes are not theirs (F111)", async () => {
    const { opened, open } = gate();
    crew.handlers = [handle(note, ({ n }) => opened.then(() => void seen.push(n)))];
    let ahead = 0;
    metering.options = { clock: () => Date.now() + ahead };
    await enqueue(1, { delay: "1h" });
    ahead = 3_600_000;
    await runDurableObjectAlarm(stub());
    expect(await queue().counts()).toEqual([{ queue: "default", paused: false, counts: { active: 1 } }]);
    expect(seen).toEqual([]);
    open();
    await until(() => seen.length === 1);
  });

  test("does not throw when the runner does, and stands again for what was not run", async () => {
    const errors: unknown[] = [];
    metering.options = {
      runner: {
        run: async () => Promise.reject(new Error("no such entry point")),
        tick: async () => Promise.reject(new Error("no such entry point")),
      },
      log: { debug() {}, info() {}, warn() {}, error: (entry) => void errors.push(entry) },
    };
    await enqueue(1);
    await until(() => errors.length >= 2);
    expect((await queue().counts())[0]?.counts).toEqual({ active: 1 });
    await runDurableObjectAlarm(stub());
    expect(await alarmAt()).toBeGreaterThan(Date.now());
  });

  test("does not throw when dispatch itself is broken, and stands again (F100)", async () => {
    let broken = false;
    metering.options = {
      clock: () => {
        if (broken) throw new Error("no clock");
        return Date.now();
      },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    };
    await enqueue(1, { delay: "1h" });
    broken = true;
    expect(await runDurableObjectAlarm(stub())).toBe(true);
    expect(await alarmAt()).toBeGreaterThan(Date.now());
    broken = false;
    expect((await queue().counts())[0]?.counts).toEqual({ delayed: 1 });
  });

  test("is set anew when it was lost, by whatever is asked of the object", async () => {
    let ahead = 0;
    metering.options = { clock: () => Date.now() + ahead };
    await enqueue(1, { delay: "1h" });
    await runInDurableObject(stub(), (_, { storage }) => storage.deleteAlarm());
    ahead = 3_600_000;
    await adapter().wake();
    await until(() => seen.length === 1);
  });

  test("is for the object's own work as well", async () => {
    const own = Date.now() + 5_000;
    metering.options = { ownAlarmAt: () => own };
    await enqueue(1, { delay: "1h" });
    expect(await alarmAt()).toBe(own);
  });

  test("finds an empty object after deleteAll, and does no harm (F108)", async () => {
    const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
      for (const { payload } of jobs) seen.push(JSON.parse(payload).n);
    };
    metering.options = { runner: { run, tick: async () => {} } };
    await enqueue(1, { delay: "1h" });
    await runInDurableObject(stub(), (_, { storage }) => storage.deleteAll());
    await runDurableObjectAlarm(stub());
    expect(await alarmAt()).toBe(null);
    // Memory learns of it by the first call that fails, and is read again.
    await expect(enqueue(2)).rejects.toMatchObject({ code: "enqueue_failed" });
    expect(await enqueue(2)).toMatchObject({ status: "created" });
    await until(() => seen.includes(2));
  });
});
