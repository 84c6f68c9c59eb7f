import { type Logger, createWorker, defineJob, fixed, handle, systemPlatform } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { anyInput } from "@longshore/conformance/tools";
import { expect, test } from "vitest";
import { type Poll, type PollOptions, poll } from "../src/index.ts";
import { quiet } from "./delivering.ts";
import { type Setting, newJob, setting } from "./setting.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const mail = defineJob("send-welcome-email", {
  input: anyInput<{ userId: number }>(),
  timeout: "11h",
  retry: fixed({ attempts: 5, delay: "10s", jitter: 0 }),
});

const polling = (all: Setting, options: Partial<PollOptions>): Poll =>
  poll({ broker: all.broker, worker: { run: async () => {} }, log: quiet, platform: all.platform, ...options });
const workerOf = (all: Setting, run: (job: { id: string; signal: AbortSignal }) => unknown) =>
  createWorker(all.broker, {
    handlers: [handle(mail, (_, context) => run(context) as void)], // or a promise, which a handler may return as well
    log: quiet,
    platform: { ...systemPlatform, ...all.platform, now: all.now, monotonic: all.now },
  });
/** Stops a host, and moves the clock as far as that takes. */
const stopped = async (all: Setting, host: Poll): Promise<void> => {
  let ended = false;
  const stopping = host.stop().then(() => {
    ended = true;
  });
  for (let i = 0; i < 100 && !ended; i++) await all.pass(SECOND);
  await stopping;
};
const settleAll = (all: Setting) => async (jobs: readonly ClaimedJob[]) => {
  await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } as const })));
};

test("what is enqueued while a poll waits is run at once", async () => {
  const all = setting();
  const ran: string[] = [];
  const host = polling(all, { worker: workerOf(all, ({ id }) => ran.push(id)) });
  await all.pass(5 * SECOND);
  await all.broker.enqueue([newJob({ id: "a" }), newJob({ id: "b" })]);
  await all.idle();
  expect(ran.sort()).toEqual(["a", "b"]);
  expect(all.service.messages(all.queue)).toEqual([]);
  await stopped(all, host);
});

test("a message stays hidden for as long as its job runs, and only then", async () => {
  const all = setting();
  let ran = 0;
  let end = (): void => {};
  const host = polling(all, {
    worker: workerOf(all, () => {
      ran++;
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    }),
  });
  await all.broker.enqueue([newJob()]);
  await all.pass(2 * HOUR);
  expect(ran).toBe(1);
  end();
  await all.idle();
  expect(all.service.messages(all.queue)).toEqual([]);
  const changes = all.service.calls.filter(({ action }) => action === "ChangeMessageVisibilityBatch").length;
  await all.pass(HOUR);
  expect(all.service.calls.filter(({ action }) => action === "ChangeMessageVisibilityBatch")).toHaveLength(changes);
  await stopped(all, host);
});

test("a process that vanishes loses nothing: its messages come again after their visibility", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  const platform = { timer: () => () => {}, turn: async () => {} };
  polling(all, { worker: { run: () => new Promise(() => {}) }, platform, visibility: "60s", slots: 1 });
  await all.idle();
  const attempts: number[] = [];
  const host = polling(all, {
    worker: {
      async run(jobs) {
        attempts.push(...jobs.map(({ attempt }) => attempt));
        await settleAll(all)(jobs);
      },
    },
  });
  await all.pass(59 * SECOND);
  expect(attempts).toEqual([]);
  await all.pass(21 * SECOND);
  expect(attempts).toEqual([2]);
  await stopped(all, host);
});

test("no more messages are in hand than there are slots", async () => {
  const all = setting();
  await all.broker.enqueue(Array.from({ length: 30 }, (_, i) => newJob({ id: `job-${i}` })));
  let held = 0;
  const ends: (() => void)[] = [];
  const worker = workerOf(all, () => {
    held++;
    return new Promise<void>((resolve) => ends.push(resolve));
  });
  const host = polling(all, { slots: 13, worker: { run: (jobs) => worker.run(jobs) } });
  await all.pass(60 * SECOND);
  const hidden = all.service.messages(all.queue).filter(({ visibleAt }) => visibleAt > all.now()).length;
  expect(hidden).toBe(13);
  expect(held).toBeLessThanOrEqual(13);
  while (all.service.messages(all.queue).length > 0) {
    for (const end of ends.splice(0)) end();
    await all.pass(SECOND);
  }
  await stopped(all, host);
});

test("stop takes no more, waits for what runs, and hands back what does not end in time", async () => {
  const all = setting();
  await all.broker.enqueue([newJob({ id: "ends" }), newJob({ id: "hangs" })]);
  const ends = new Map<string, () => void>();
  const worker = workerOf(all, ({ id }) => new Promise<void>((resolve) => ends.set(id, resolve)));
  const host = polling(all, { worker });
  await all.idle();
  expect([...ends.keys()].sort()).toEqual(["ends", "hangs"]);
  let isStopped = false;
  const stopping = host.stop({ grace: "30s" }).then(() => {
    isStopped = true;
  });
  await all.broker.enqueue([newJob({ id: "late" })]);
  await all.idle();
  ends.get("ends")?.();
  await all.pass(29 * SECOND);
  expect(isStopped).toBe(false);
  await all.pass(SECOND);
  await stopping;
  expect([...ends.keys()]).not.toContain("late");
  const left = all.service
    .messages(all.queue)
    .map(({ body, visibleAt }) => [/"id":"(\w+)"/.exec(body)?.[1], visibleAt]);
  expect(left.sort()).toEqual([
    ["hangs", all.now() + 30 * SECOND],
    ["late", all.now() - 30 * SECOND],
  ]);
});

test("a service that is away is asked again ever more slowly, and that is logged once", async () => {
  const all = setting();
  const said: unknown[] = [];
  const log: Logger = { ...quiet, error: (entry) => said.push(entry) };
  all.service.fail("ReceiveMessage", "refused", 20);
  const host = polling(all, { worker: { run: settleAll(all) }, log });
  await all.broker.enqueue([newJob()]);
  await all.pass(60 * SECOND);
  expect(said).toMatchObject([{ queue: "jobs", error: expect.stringContaining("try again") }]);
  expect(all.service.calls.filter(({ action }) => action === "ReceiveMessage").length).toBeLessThan(8);
  await all.pass(HOUR);
  expect(all.service.messages(all.queue)).toEqual([]);
  await stopped(all, host);
});

test("a queue with as many messages in flight as SQS allows gives no more, and goes on when some have ended", async () => {
  const all = setting("", { mostInFlight: 10 });
  const said: unknown[] = [];
  const log: Logger = { ...quiet, error: (entry) => said.push(entry) };
  await all.broker.enqueue(Array.from({ length: 30 }, (_, i) => newJob({ id: `job-${i}` })));
  const ends: (() => void)[] = [];
  const worker = workerOf(all, () => new Promise<void>((resolve) => ends.push(resolve)));
  const host = polling(all, { slots: 30, worker, log });
  await all.pass(60 * SECOND);
  expect(ends).toHaveLength(10);
  expect(said).toMatchObject([{ queue: "jobs", error: expect.stringContaining("too many in flight") }]);
  for (let ended = 0; ended < 30; await all.pass(30 * SECOND)) {
    ended += ends.length;
    for (const end of ends.splice(0)) end();
  }
  expect(all.service.messages(all.queue)).toEqual([]);
  await stopped(all, host);
});

test("a deletion that fails is tried again, and the job does not run again", async () => {
  const all = setting();
  let ran = 0;
  const host = polling(all, { worker: workerOf(all, () => ran++) });
  all.service.fail("DeleteMessageBatch", "refused");
  await all.broker.enqueue([newJob()]);
  await all.pass(HOUR);
  expect(ran).toBe(1);
  expect(all.service.messages(all.queue)).toEqual([]);
  await stopped(all, host);
});

test("a failed job comes again after its backoff, however often its message was extended", async () => {
  const all = setting();
  const startedAt: number[] = [];
  const host = polling(all, {
    worker: workerOf(all, () => {
      startedAt.push(all.now());
      if (startedAt.length < 3) throw new Error("not now");
    }),
  });
  const begin = all.now();
  await all.broker.enqueue([newJob()]);
  await all.idle();
  await all.pass(60 * SECOND);
  expect(startedAt.map((at) => at - begin)).toEqual([0, 10 * SECOND, 20 * SECOND]);
  await stopped(all, host);
});

test("the jobs of a group run one after the other, in their order, and those of others beside them", async () => {
  const all = setting(".fifo");
  const running = new Map<string, () => void>();
  const order: string[] = [];
  const worker = workerOf(all, ({ id }) => {
    order.push(id);
    return new Promise<void>((resolve) => running.set(id, resolve));
  });
  const host = polling(all, { worker });
  await all.broker.enqueue(["a1", "b1", "a2", "b2", "a3"].map((id) => newJob({ id, partition: id.slice(0, 1) })));
  while (order.length < 5) {
    await all.pass(SECOND);
    const groups = [...running.keys()].map((id) => id.slice(0, 1));
    expect(new Set(groups).size).toBe(groups.length);
    for (const [id, end] of running) {
      running.delete(id);
      end();
    }
  }
  await all.pass(SECOND);
  expect(order.filter((id) => id.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
  expect(order.filter((id) => id.startsWith("b"))).toEqual(["b1", "b2"]);
  await stopped(all, host);
});

test("a message that is not ours goes to its handler; without one the redrive policy takes it in the end", async () => {
  const all = setting("", { maxReceiveCount: 3 });
  const send = (body: string) =>
    all.service.call("SendMessageBatch", { QueueUrl: all.queue, Entries: [{ Id: "0", MessageBody: body }] });
  const seen: unknown[] = [];
  const handled = polling(all, { foreign: ({ body, attempts }) => seen.push([body, attempts]) });
  await send("yesterday's bare body");
  await all.idle();
  expect(seen).toEqual([["yesterday's bare body", 1]]);
  expect(all.service.messages(all.queue)).toEqual([]);
  await stopped(all, handled);
  const host = polling(all, {});
  await send("nobody's");
  await all.pass(HOUR);
  expect(all.service.messages(`${all.queue}-redriven`)).toMatchObject([{ body: "nobody's" }]);
  await stopped(all, host);
});

const lax = poll as (options: object) => unknown;
test.each([
  ["no options", () => undefined, "invalid_option"],
  ["no worker", ({ broker }: Setting) => ({ broker }), "invalid_option"],
  ["a worker for the adapter", ({ broker }: Setting) => ({ broker, worker: broker }), "invalid_option"],
  ["no slots", ({ broker }: Setting) => ({ broker, worker: { run() {} }, slots: 0 }), "invalid_option"],
  ["a wait of a minute", ({ broker }: Setting) => ({ broker, worker: { run() {} }, wait: "1m" }), "invalid_option"],
  ["no time hidden", ({ broker }: Setting) => ({ broker, worker: { run() {} }, visibility: 0 }), "invalid_duration"],
] as const)("there is no host with %s", (_, options, code) => {
  expect(() => lax(options(setting()) as object)).toThrow(expect.objectContaining({ code }));
});
