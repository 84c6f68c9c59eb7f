import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type JobOptions, createQueue, createWorker, defineJob } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { assert, asyncProperty, integer, tuple } from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type JobsOptions, createJobs, durableObjects, jobsRunner } from "../src/index.ts";
import { anyInput } from "./schema.ts";
import { crew, metering } from "./worker.ts";

let objects = 0;
/** What the object has handed out and the test has not settled, and in what batches. */
const running: ClaimedJob[] = [];
const batches: (readonly ClaimedJob[])[] = [];
const started: string[] = [];

function object(options: JobsOptions = {}): void {
  crew.adapter = { name: `places-${++objects}` };
  for (const list of [running, batches, started]) list.length = 0;
  const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    batches.push(jobs);
    running.push(...jobs);
    started.push(...jobs.map(({ queue }) => queue));
  };
  metering.options = { runner: { run, tick: async () => {} }, ...options };
}
beforeEach(() => object());

const work = (queue: string) => defineJob(`work-of-${queue}`, { input: anyInput, queue, keep: 0 });
const [bulk, mail, payments] = [work("bulk"), work("mail"), work("payments")];
const adapter = () => durableObjects(env.METERED, crew.adapter);
const queue = () => createQueue(adapter());
const enqueue = (definition: typeof bulk, count: number, options?: JobOptions) =>
  queue().enqueueMany(Array.from({ length: count }, (_, n) => definition.with({ n }, options)));
/** Completes these, the oldest unless said otherwise, and lets the object look at what that makes room for. */
const complete = async (jobs: readonly ClaimedJob[]): Promise<void> => {
  for (const job of jobs) running.splice(running.indexOf(job), 1);
  await adapter().settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  await adapter().wake();
};
const runs = (name: string): number => running.filter((job) => job.queue === name).length;
const waits = async (name: string): Promise<number> =>
  (await adapter().counts()).find((counted) => counted.queue === name)?.counts.enqueued ?? 0;

describe("places", () => {
  test.each([undefined, "5m"] as const)(
    "go to the highest priority, and with an age to what has waited so long: %s",
    async (priorityAge) => {
      let ahead = 0;
      object({ maxRunning: 1, lease: "2h", clock: () => Date.now() + ahead, ...(priorityAge && { priorityAge }) });
      await enqueue(mail, 1);
      await enqueue(mail, 1, { id: "old", priority: 9 } as JobOptions);
      ahead = 46 * 60_000;
      await enqueue(mail, 1, { id: "new", priority: 0 } as JobOptions);
      await complete([...running]);
      expect(running.map(({ id }) => id)).toEqual([priorityAge === undefined ? "new" : "old"]);
    },
  );

  test("are not given by the age of a worker in a runner, which is refused with the advice to give it to the object", async () => {
    const Runner = jobsRunner(() => createWorker(adapter(), { handlers: [], priorityAge: "5m" }));
    const call = new Runner(createExecutionContext(), env).run([]);
    await expect(call).rejects.toMatchObject({ message: expect.stringContaining("{ priorityAge }") });
  });

  test("are given whatever the bound and the size of a batch are, and never more than there are", async () => {
    const most = integer({ min: 1, max: 15 });
    const trial = async ([maxRunning, batchSize, jobs]: readonly [number, number, number]): Promise<void> => {
      object({ maxRunning, batchSize });
      await enqueue(bulk, jobs);
      for (let done = 0; done < jobs;) {
        await vi.waitUntil(() => running.length > 0, { interval: 1, timeout: 200_000 });
        expect(running.length).toBeLessThanOrEqual(maxRunning);
        done += running.length;
        await complete([...running]);
      }
      expect(started.length).toBe(jobs);
      for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(batchSize);
    };
    await assert(asyncProperty(tuple(most, most, integer({ min: 1, max: 40 })), trial), {
      numRuns: 40,
      examples: [[[5, 10, 30]], [[1, 10, 3]], [[1, 1, 2]]],
    });
  });

  test.for([
    { maxRunning: 0 },
    { batchSize: 0 },
    { batchSize: -1 },
    { maxRunning: 1.5 },
    { maxRunning: 1_001 },
    { batchSize: Number.NaN },
  ])("of an impossible number are refused: %o", (options) =>
    runInDurableObject(env.METERED.getByName("impossible"), (_, state) => {
      expect(() => createJobs(state, options)).toThrow(expect.objectContaining({ code: "invalid_option" }));
    }),
  );

  test("go to the queue that has waited longest for one, however many wait in another (F143)", async () => {
    object({ maxRunning: 10, batchSize: 10 });
    await enqueue(bulk, 300);
    expect(runs("bulk")).toBe(10);
    await enqueue(mail, 1, { priority: 0 });
    expect(runs("mail")).toBe(0);
    await complete(running.slice(0, 1));
    expect(runs("mail")).toBe(1);
  });

  test("are shared by queues that both have much to do", async () => {
    object({ maxRunning: 20, batchSize: 10 });
    await enqueue(bulk, 300);
    await enqueue(mail, 300);
    await enqueue(payments, 300);
    for (let round = 0; round < 20; round++) await complete(running.slice(0, 10));
    const late = started.slice(40);
    for (const name of ["bulk", "mail", "payments"]) {
      const share = late.filter((one) => one === name).length / late.length;
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.37);
    }
  });

  test("that come free together are shared by those that wait", async () => {
    object({ maxRunning: 20, batchSize: 10 });
    await enqueue(payments, 20);
    await enqueue(bulk, 30);
    await enqueue(mail, 30);
    await complete([...running]);
    expect([runs("bulk"), runs("mail")]).toEqual([10, 10]);
  });

  test("are shared one after the other where there is but one", async () => {
    // Each look at the clock is later than the one before: of what comes in one millisecond nobody came first.
    let now = Date.now();
    object({ maxRunning: 1, batchSize: 10, clock: () => ++now });
    await enqueue(bulk, 5);
    await enqueue(mail, 5);
    for (let jobs = 0; jobs < 9; jobs++) await complete([...running]);
    expect(started.slice(1).join(" ")).toBe("bulk mail bulk mail bulk mail bulk mail mail");
  });

  test("are not kept by a job's follow-ups while others wait", async () => {
    object({ maxRunning: 1 });
    await enqueue(bulk, 1);
    await enqueue(mail, 1);
    const [{ id, token, payload, headers } = {} as ClaimedJob] = running.splice(0, 1);
    const next = {
      id: "follow-up",
      name: bulk.name,
      queue: "bulk",
      payload,
      headers,
      priority: 0,
      due: { inMs: 0 },
      keepMs: 0,
    };
    await adapter().settle([{ id, token, outcome: { type: "complete" }, next: [next] }]);
    await adapter().wake();
    expect(started).toEqual(["bulk", "mail"]);
  });

  test("are not held back by what may not run: queues that are paused, or at their limit", async () => {
    object({ maxRunning: 2, batchSize: 1, queues: { payments: 1 } });
    await queue().pause("mail");
    await enqueue(mail, 50);
    await enqueue(payments, 50);
    await enqueue(bulk, 50);
    expect(started).toEqual(["payments", "bulk"]);
    for (let jobs = 0; jobs < 10; jobs++) await complete(running.filter((job) => job.queue === "bulk"));
    expect(started.filter((one) => one === "bulk").length).toBe(11);
    expect([runs("payments"), runs("mail")]).toEqual([1, 0]);
  });
});

describe("a queue's limit", () => {
  beforeEach(() => object({ queues: { payments: 2 } } as JobsOptions));

  test("holds over all batches, when jobs are born, when places come free, and for follow-ups", async () => {
    for (let n = 0; n < 5; n++) await enqueue(payments, 1);
    await enqueue(payments, 30);
    expect(runs("payments")).toBe(2);
    expect(await waits("payments")).toBe(33);
    const { jobs } = await queue().list({ queue: "payments", state: "enqueued" });
    expect(jobs[0]?.waitsFor).toBe("the limit of its queue is reached");
    await enqueue(bulk, 3);
    expect(runs("bulk")).toBe(3);
    for (let done = 0; done < 34; done++) {
      const [first] = running.filter((job) => job.queue === "payments");
      expect(first).toBeDefined();
      await complete(first ? [first] : []);
      expect(runs("payments")).toBeLessThanOrEqual(2);
    }
    expect(started.filter((one) => one === "payments").length).toBe(35);
  });

  test("holds for whoever claims, who is not told that something is due while it is reached", async () => {
    object({ runner: false, queues: { payments: 2 } });
    await enqueue(payments, 5);
    await enqueue(bulk, 5);
    const claim = (limit: number) =>
      adapter().claim({ queues: ["payments", "bulk"].map((name) => ({ name, limit })), leaseMs: 30_000 });
    const first = await claim(1);
    expect(first.map((job) => job.queue)).toEqual(["payments", "bulk"]);
    const second = await claim(4);
    expect(second.map((job) => job.queue)).toEqual(["payments", ...Array<string>(4).fill("bulk")]);
    expect(await claim(4)).toEqual([]);
    const dueInMs = await adapter().dueInMs({ queues: ["payments"], schedules: [] });
    expect(dueInMs).toBeGreaterThan(20_000);
    await adapter().settle(first.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
    expect(await adapter().dueInMs({ queues: ["payments"], schedules: [] })).toBe(0);
    expect((await claim(4)).map((job) => job.queue)).toEqual(["payments"]);
  });

  test("is not passed by a lease that is renewed after its end", async () => {
    let ahead = 0;
    object({ runner: false, clock: () => Date.now() + ahead, queues: { payments: 1 } });
    await enqueue(payments, 2, { priority: 5 });
    const claim = () => adapter().claim({ queues: [{ name: "payments", limit: 1 }], leaseMs: 30_000 });
    const [late] = await claim();
    ahead = 30_001;
    // It is due again behind the one that was enqueued with it.
    const [other] = await claim();
    expect(other?.id).not.toBe(late?.id);
    const lease = { id: late?.id ?? "", token: late?.token ?? 0 };
    expect(await adapter().renew([lease], 30_000)).toEqual(["lost"]);
    await adapter().settle([{ id: other?.id ?? "", token: other?.token ?? 0, outcome: { type: "complete" } }]);
    expect(await adapter().renew([lease], 30_000)).toEqual(["held"]);
  });

  test("is refused in the worker of a runner, which has a worker for each batch, with the advice to give it to the object", async () => {
    const Runner = jobsRunner(() => createWorker(adapter(), { handlers: [], queues: { payments: 1 } }));
    const runner = new Runner(createExecutionContext(), env);
    for (const call of [runner.run([]), runner.tick()]) {
      await expect(call).rejects.toMatchObject({
        code: "invalid_option",
        message: expect.stringContaining("{ queues }"),
      });
    }
  });

  test("makes room again when a lease runs out, and the alarm stands for it", async () => {
    let ahead = 0;
    object({ clock: () => Date.now() + ahead, queues: { payments: 1 } });
    await enqueue(payments, 2);
    expect(runs("payments")).toBe(1);
    const stub = env.METERED.getByName(crew.adapter.name ?? "");
    const at = Number(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm()));
    expect(at).toBeGreaterThan(Date.now() + 10_000);
    expect(at).toBeLessThanOrEqual(Date.now() + 30_000);
    ahead = 30_001;
    await adapter().wake();
    expect(started.length).toBe(2);
  });
});
