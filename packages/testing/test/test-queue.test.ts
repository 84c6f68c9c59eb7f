import { type LogEntry, createQueue, defineJob, every, handle, handleMany, schedule, snooze } from "@longshore/core";
import { memory } from "@longshore/memory";
import { testQueue } from "@longshore/testing";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { charge, handlers, mail, silent } from "./jobs.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const anything = z.object({});

/** A promise that the test resolves. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe("drain", () => {
  test("runs what is due, and leaves what waits for its time", async () => {
    const { all, did } = handlers();
    const queue = testQueue({ handlers: all });
    await queue.enqueue(mail, { to: "a" });
    const { id } = await queue.enqueue(mail, { to: "b" }, { delay: "1h" });
    expect(did).toEqual([]);

    expect(await queue.drain()).toEqual({ claimed: 1, completed: 1, failed: 0, dead: 0, snoozed: 0, lost: 0 });
    expect(did).toEqual(["mail a"]);
    expect((await queue.get(id))?.state).toBe("delayed");
  });

  test("does not move the clock, even if a job failed", async () => {
    const queue = testQueue({ handlers: handlers({ failures: 9 }).all, logFailures: false });
    const before = queue.now();
    const { id } = await queue.enqueue(charge, { order: 1 });
    expect((await queue.drain()).failed).toBe(1);
    expect([queue.now(), (await queue.get(id))?.state]).toEqual([before, "failed"]);
  });

  test("waits for a handler that waits for something in real time", async () => {
    const slow = defineJob("slow", { input: anything, output: z.object({ answer: z.number() }) });
    const queue = testQueue({
      handlers: [
        handle(slow, async () => {
          const { port1, port2 } = new MessageChannel();
          const answer = new Promise<number>((resolve) => {
            port1.addEventListener("message", ({ data }) => resolve(data as number));
            port1.start();
          });
          setTimeout(() => port2.postMessage(42), 20);
          const result = { answer: await answer };
          port1.close();
          return result;
        }),
      ],
    });
    const before = queue.now();
    const { id } = await queue.enqueue(slow, {});
    await queue.drain();
    expect([(await queue.get(id, slow))?.result, queue.now()]).toEqual([{ answer: 42 }, before]);
  });

  test("runs the jobs that a handler adds, too", async () => {
    const { all, did } = handlers();
    const signUp = defineJob("sign-up", { input: anything });
    const queue = testQueue({
      handlers: [...all, handle(signUp, (_, { enqueue }) => enqueue(mail.with({ to: "new" })))],
    });
    await queue.enqueue(signUp, {});
    expect((await queue.drain()).completed).toBe(2);
    expect(did).toEqual(["mail new"]);
  });

  test("lets a handler of many jobs gather them", async () => {
    const page = defineJob("page", { input: z.object({ url: z.string() }) });
    const calls: string[][] = [];
    const index = handleMany(page, { size: 5, wait: "2s" }, async (jobs) => {
      calls.push(jobs.map(({ input }) => input.url));
      return jobs.map(() => ({ status: "fulfilled", value: undefined }));
    });
    const queue = testQueue({ handlers: [index] });
    for (const url of ["a", "b", "c"]) await queue.enqueue(page, { url });
    expect((await queue.drain()).completed).toBe(3);
    expect(calls).toEqual([["a", "b", "c"]]);
  });
});

describe("advance", () => {
  test("runs each job at its time", async () => {
    const seen: number[] = [];
    const remind = defineJob("remind", { input: anything });
    const queue = testQueue({ handlers: [handle(remind, () => void seen.push(queue.now() - start))] });
    const start = queue.now();
    await queue.enqueue(remind, {}, { delay: "3d" });
    await queue.enqueue(remind, {}, { runAt: start + HOUR });
    await queue.enqueue(remind, {}, { delay: "3d1ms" });

    expect((await queue.advance("3d")).completed).toBe(2);
    expect(seen).toEqual([HOUR, 3 * DAY]);
    expect(queue.now()).toBe(start + 3 * DAY);
  });

  test("takes a job through its retries to its end", async () => {
    const queue = testQueue({ handlers: handlers({ failures: 9 }).all, logFailures: false });
    const start = queue.now();
    const { id } = await queue.enqueue(charge, { order: 1 });
    expect(await queue.advance("1h")).toMatchObject({ failed: 2, dead: 1 });
    const { state, failures = [] } = (await queue.get(id)) ?? {};
    expect([state, failures.map(({ at }) => at - start)]).toEqual(["dead", [0, 60_000, 180_000]]);
  });

  test("fires schedules at their times", async () => {
    const seen: string[] = [];
    const report = defineJob("report", { input: z.object({ day: z.string() }) });
    const queue = testQueue({
      startAt: new Date("2026-03-01T12:00:00Z"),
      handlers: [handle(report, ({ day }) => void seen.push(`${day} at ${new Date(queue.now()).toISOString()}`))],
      schedules: [
        schedule("daily", every("1d"), (nominal) => report.with({ day: nominal.toISOString().slice(0, 10) })),
      ],
    });
    await queue.advance("2d");
    expect(seen).toEqual(["2026-03-02 at 2026-03-02T00:00:00.000Z", "2026-03-03 at 2026-03-03T00:00:00.000Z"]);
  });

  test("goes on over a job that was running before, so that it times out", async () => {
    const stuck = defineJob("stuck", { input: anything, timeout: "1m" });
    const { opened, open } = gate();
    const queue = testQueue({ handlers: [handle(stuck, () => opened)], logFailures: false });
    const { id } = await queue.enqueue(stuck, {});
    const drained = queue.drain();
    await queue.waitFor(stuck, {}, "active", { timeout: "100s" });

    await queue.advance("59s");
    expect((await queue.get(id))?.state).toBe("active");
    await queue.advance("1s");
    expect(await queue.get(id)).toMatchObject({ state: "failed", failures: [{ message: "No end within 60000 ms." }] });
    open();
    expect((await drained).failed).toBe(1);
  });

  test("stands still while a job runs that it has started", async () => {
    const slow = defineJob("slow", { input: anything, timeout: "1m" });
    const { opened, open } = gate();
    const queue = testQueue({ handlers: [handle(slow, () => opened)] });
    const start = queue.now();
    await queue.enqueue(slow, {}, { delay: "1h" });
    const advanced = queue.advance("1d");
    await queue.waitFor(slow, {}, "active", { timeout: "100s" });
    expect(queue.now() - start).toBe(HOUR);
    open();
    expect((await advanced).completed).toBe(1);
  });

  test("says what holds up its clock, where a job never ends", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stuck = defineJob("stuck", { input: anything });
    const { opened, open } = gate();
    const said: LogEntry[] = [];
    const log = { ...silent, warn: (entry: LogEntry) => void said.push(entry) };
    const queue = testQueue({ handlers: [handle(stuck, () => opened)], log });
    await queue.enqueue(stuck, {}, { delay: "1h" });
    const advanced = queue.advance("1d");
    while (said.length === 0) {
      vi.advanceTimersByTime(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    vi.useRealTimers();
    open();
    expect((await advanced).completed).toBe(1);
    expect(said).toEqual([{ message: expect.stringContaining("advance() then"), jobs: ["stuck"] }]);
  });

  test("runs a job again that asked for it", async () => {
    const seen: number[] = [];
    const poll = defineJob("poll", { input: anything });
    const queue = testQueue({
      handlers: [
        handle(poll, () => {
          seen.push(queue.now() - start);
          if (seen.length < 3) throw snooze("10m");
        }),
      ],
    });
    const start = queue.now();
    await queue.enqueue(poll, {});
    expect(await queue.advance("1h")).toMatchObject({ snoozed: 2, completed: 1 });
    expect(seen).toEqual([0, 600_000, 1_200_000]);
  });

  test("is refused a time that is none", async () => {
    await expect(testQueue().advance("soon" as never)).rejects.toMatchObject({ code: "invalid_duration" });
  });
});

describe("inline", () => {
  test("runs a job before its enqueue resolves, also for code that makes a queue of its own", async () => {
    const { all, did } = handlers();
    const queue = testQueue({ handlers: all, mode: "inline" });
    await queue.enqueue(mail, { to: "a" });
    expect(did).toEqual(["mail a"]);
    await createQueue(queue.adapter, { platform: queue.platform }).enqueue(charge, { order: 2 });
    expect(did).toEqual(["mail a", "charge 2"]);
  });

  test("runs what a handler enqueues before that handler goes on", async () => {
    const { all, did } = handlers();
    const outer = defineJob("outer", { input: anything });
    const queue = testQueue({
      mode: "inline",
      handlers: [
        ...all,
        handle(outer, async () => {
          await queue.enqueue(mail, { to: "inner" });
          did.push("outer");
        }),
      ],
    });
    await queue.enqueue(outer, {});
    expect(did).toEqual(["mail inner", "outer"]);
  });

  test("leaves a delayed job to the clock", async () => {
    const { all, did } = handlers();
    const queue = testQueue({ handlers: all, mode: "inline" });
    await queue.enqueue(mail, { to: "a" }, { delay: "1d" });
    expect(did).toEqual([]);
    await queue.advance("1d");
    expect(did).toEqual(["mail a"]);
  });
});

test("another store keeps the jobs, over the test's clock", async () => {
  const { all, did } = handlers();
  const queue = testQueue({ handlers: all, store: (clock) => memory({ clock, maxKept: 0 }) });
  const { id } = await queue.enqueue(mail, { to: "a" }, { delay: "1d" });
  await queue.advance("1d");
  expect([did, await queue.get(id)]).toEqual([["mail a"], undefined]);
});

test("two test queues know nothing of each other", async () => {
  const one = testQueue({ log: silent });
  const two = testQueue({ log: silent });
  await one.enqueue(mail, { to: "a" });
  await one.advance("1h");
  await two.refuteEnqueued(mail);
  expect(one.now() - two.now()).toBe(HOUR);
});

test.each([
  ["mode", { mode: "fast" }],
  ["startAt", { startAt: "noon" }],
  ["store", { store: memory() }],
])("a wrong %s is refused", (name, options) => {
  expect(() => testQueue(options as never)).toThrow(
    expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(name) }),
  );
});
