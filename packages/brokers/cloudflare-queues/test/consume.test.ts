import { SECOND, anyInput } from "@longshore/conformance/tools";
import { createWorker, defineJob, handle, handleMany, type Logger, nonRetryable } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { encode } from "@longshore/core/broker";
import { expect, test } from "vitest";
import { type ConsumeOptions, type QueueBatch, type QueueMessage, consume, readDeadLetter } from "../src/index.ts";
import { type Setting, newJob, setting } from "./setting.ts";

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const nothing = { run: async (): Promise<void> => {} };

/** Delivers what is due, with nobody to run it unless the test says so. */
const deliver = (all: Setting, options: Partial<ConsumeOptions> = {}): Promise<void> =>
  all.queue.deliver((batch) => consume(batch, { broker: all.broker, worker: nothing, log: quiet, ...options }));

const send = (all: Setting, ...bodies: string[]): Promise<unknown> =>
  all.queue.sendBatch(bodies.map((body) => ({ body, contentType: "text", delaySeconds: 0 })));

const mail = defineJob("send-welcome-email", { input: anyInput<{ userId: number }>() });

test("one poisoned job does not touch its neighbours (F34)", async () => {
  const all = setting();
  await all.broker.enqueue(Array.from({ length: 10 }, (_, i) => newJob({ id: `job-${i}` })));
  const runs: string[] = [];
  const worker = createWorker(all.broker, {
    log: quiet,
    handlers: [
      handle(mail, (_, { id }) => {
        runs.push(id);
        if (id === "job-7") throw nonRetryable("poison");
        if (id === "job-3") throw new Error("not now");
      }),
    ],
  });
  await deliver(all, { worker });
  expect(runs).toHaveLength(10);
  expect(all.queue.waiting).toHaveLength(1);
  expect(all.dead.waiting.map(readDeadLetter)).toMatchObject([
    { id: "job-7", end: { attempts: 1, failure: { message: "poison" } } },
  ]);
});

test("a batch reaches a handler of many jobs whole, and each of its messages has the outcome of its job (F34)", async () => {
  const all = setting();
  await all.broker.enqueue(Array.from({ length: 10 }, (_, i) => newJob({ id: `job-${i}` })));
  const calls: number[] = [];
  const handler = handleMany(mail, { size: 100, wait: "20ms" }, (jobs) => {
    calls.push(jobs.length);
    return Promise.allSettled(
      jobs.map(async ({ context }) => {
        if (context.id === "job-3") throw new Error("not now");
      }),
    );
  });
  await deliver(all, { worker: createWorker(all.broker, { log: quiet, handlers: [handler] }) });
  expect(calls).toEqual([10]);
  expect(all.queue.waiting).toMatchObject([{ attempts: 1 }]);
});

test("a worker that breaks takes nothing with it: what it had settled stays, the rest is delivered again", async () => {
  const all = setting();
  await all.broker.enqueue([newJob({ id: "a" }), newJob({ id: "b" })]);
  const run = async ([first]: readonly ClaimedJob[]): Promise<void> => {
    if (first !== undefined)
      await all.broker.settle([{ id: first.id, token: first.token, outcome: { type: "complete" } }]);
    throw new Error("a bug of ours");
  };
  await deliver(all, { worker: { run } });
  expect(all.queue.waiting).toMatchObject([{ attempts: 1, dueAt: all.now() + 30 * SECOND }]);
});

test("a consumer that vanishes loses nothing: the job is delivered again, as its next attempt", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  const attempts: number[] = [];
  await all.queue.vanish((batch) =>
    consume(batch, { broker: all.broker, worker: { run: () => new Promise(() => {}) } }),
  );
  await deliver(all, {
    worker: {
      async run(jobs) {
        attempts.push(...jobs.map(({ attempt }) => attempt));
        await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
      },
    },
  });
  expect(attempts).toEqual([2]);
  expect(all.queue.waiting).toEqual([]);
});

test("a message that comes twice is two runs: a broker alone does not know (F112)", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  all.queue.double();
  const ids: string[] = [];
  const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    ids.push(...jobs.map(({ id }) => id));
    await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  };
  await deliver(all, { worker: { run } });
  expect(ids).toEqual(["job-1", "job-1"]);
  expect(all.queue.waiting).toEqual([]);
});

test("a batch that takes too long is handed back before the platform ends the consumer", async () => {
  const all = setting();
  await all.broker.enqueue([newJob({ id: "done" }), newJob({ id: "hangs" })]);
  let timeIsUp: (() => void) | undefined;
  const platform = {
    timer(ms: number, callback: () => void) {
      expect(ms).toBeLessThan(900 * SECOND);
      timeIsUp = callback;
      return () => {};
    },
  };
  const run = async ([first]: readonly ClaimedJob[]): Promise<void> => {
    if (first !== undefined)
      await all.broker.settle([{ id: first.id, token: first.token, outcome: { type: "complete" } }]);
    timeIsUp?.();
    await new Promise(() => {});
  };
  await deliver(all, { worker: { run }, platform: { timer: platform.timer } });
  expect(all.queue.waiting).toMatchObject([{ attempts: 1 }]);
});

test("a message that is not ours goes to its handler, and is acknowledged once that returns", async () => {
  const all = setting();
  await send(all, "yesterday's bare body");
  const seen: unknown[] = [];
  await deliver(all, { foreign: async ({ body, attempts }) => seen.push([body, attempts]) });
  expect(seen).toEqual([["yesterday's bare body", 1]]);
  expect(all.queue.waiting).toEqual([]);
});

test("the handler of foreign messages may retry one itself, or throw", async () => {
  const all = setting();
  await send(all, "later", "never");
  const foreign = (message: QueueMessage): void => {
    if (message.body === "never") throw new Error("no idea");
    message.retry({ delaySeconds: 7 });
  };
  await deliver(all, { foreign });
  expect(all.queue.waiting.map(({ body, dueAt }) => [body, dueAt - all.now()])).toEqual([
    ["later", 7 * SECOND],
    ["never", 30 * SECOND],
  ]);
});

test("a foreign message with nobody to take it is retried until the platform moves it to its dead letters", async () => {
  const all = setting();
  await send(all, "yesterday's bare body");
  await deliver(all);
  expect(all.queue.waiting).toMatchObject([{ body: "yesterday's bare body", dueAt: all.now() + 300 * SECOND }]);
  for (let i = 0; i < 100; i++) {
    all.pass(300 * SECOND);
    await deliver(all);
  }
  expect(all.queue.waiting).toEqual([]);
  expect(all.dead.waiting).toMatchObject([{ body: "yesterday's bare body" }]);
});

test("a message of a later format is retried, for a consumer that knows it", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  const [{ body } = { body: "" }] = all.queue.waiting;
  const newer = setting();
  await send(newer, String(body).replace("longshore/1", "longshore/2"));
  let ran = 0;
  await deliver(newer, { worker: { run: async () => void ran++ }, foreign: () => ran++ });
  expect(ran).toBe(0);
  expect(newer.queue.waiting).toHaveLength(1);
});

test("a dead letter that is delivered here by mistake does not run again by itself", async () => {
  const all = setting();
  const { due: _due, keepMs: _keepMs, ...data } = newJob();
  await send(all, encode({ ...data, kind: "dead", sentAt: 0, attempts: 5, diedAt: 1, failure: { message: "no" } }));
  const foreign: unknown[] = [];
  const ran: ClaimedJob[] = [];
  await deliver(all, {
    foreign: (message) => foreign.push(message.body),
    worker: { run: async (jobs) => void ran.push(...jobs) },
  });
  expect(ran).toEqual([]);
  expect(foreign).toHaveLength(1);
});

test("nothing that a batch holds makes the handler throw", async () => {
  const all = setting();
  const calls: string[] = [];
  const bodies = [undefined, null, Number.NaN, {}, [], "longshore/1 {}\n", new Uint8Array(3), Symbol("odd"), () => {}];
  const batch: QueueBatch = {
    queue: "jobs",
    messages: bodies.map((body, i) => ({
      id: String(i),
      timestamp: new Date(),
      body,
      attempts: 1,
      ack: () => calls.push("ack"),
      retry: () => calls.push("retry"),
    })),
  };
  await consume(batch, { broker: all.broker, worker: nothing, log: quiet });
  expect(calls).toEqual(bodies.map(() => "retry"));
  const thrower = (): never => {
    throw undefined;
  };
  const log = { debug: thrower, info: thrower, warn: thrower, error: thrower };
  await consume(batch, { broker: all.broker, worker: nothing, log, foreign: thrower });
  expect(calls).toHaveLength(2 * bodies.length);
});

test("a message whose body cannot be read, or whose head says what no head can, spoils no other of its batch", async () => {
  const all = setting();
  const head = { ...newJob({ id: "odd" }), kind: "job", sentAt: 0, dueAt: 0, attempts: 0 };
  const odd = (parts: string): string => `longshore/1 ${JSON.stringify(head).replace(/}$/, `,${parts}}`)}\n{}`;
  await send(
    all,
    odd('"dueAt":1e999'),
    odd('"snoozed":{"reason":"x"}'),
    odd('"attempts":-1e999'),
    odd('"sentAt":1e999'),
  );
  await all.broker.enqueue([newJob({ id: "good" })]);
  const ran: string[] = [];
  const worker = createWorker(all.broker, { log: quiet, handlers: [handle(mail, (_, { id }) => ran.push(id))] });
  const spoiled = ({ messages: [first, ...rest], queue }: QueueBatch): QueueBatch => {
    if (first === undefined) return { queue, messages: [] };
    const unreadable = Object.defineProperty({ ...first }, "body", {
      get() {
        throw new Error("cannot be read");
      },
    });
    return { queue, messages: [unreadable, ...rest] };
  };
  await all.queue.deliver((batch) => consume(spoiled(batch), { broker: all.broker, worker, log: quiet, foreign() {} }));
  expect(ran).toContain("good");
  expect(all.queue.waiting.filter(({ body }) => String(body).includes('"good"'))).toEqual([]);
});

test("what was claimed in a store travels with its token, and its message is gone at once", async () => {
  const all = setting();
  const { due: _due, keepMs: _keepMs, ...data } = newJob({ partition: "user:42" });
  const claimed: ClaimedJob = { ...data, token: 17, attempt: 3, stalled: true, ageMs: 1_000, waitedMs: 500 };
  expect(await all.broker.carry([claimed])).toEqual(["sent"]);
  all.pass(250);
  const arrived: ClaimedJob[] = [];
  await deliver(all, {
    worker: {
      runCarried(jobs) {
        arrived.push(...jobs);
        return Promise.reject(new Error("the store is away"));
      },
    },
  });
  expect(arrived).toEqual([{ ...claimed, ageMs: 1_250, waitedMs: 750 }]);
  expect(all.queue.waiting).toEqual([]);
});

test("a carried job whose consumer vanished is left to its lease: only a claim counts attempts", async () => {
  const all = setting();
  const { due: _due, keepMs: _keepMs, ...data } = newJob();
  await all.broker.carry([{ ...data, token: 17, attempt: 1, stalled: false, ageMs: 0, waitedMs: 0 }]);
  let arrivals = 0;
  const worker = {
    runCarried: (jobs: readonly ClaimedJob[]): Promise<void> => {
      arrivals += jobs.length;
      return new Promise(() => {});
    },
  };
  await all.queue.vanish((batch) => consume(batch, { broker: all.broker, worker }));
  expect(all.queue.waiting).toMatchObject([{ attempts: 1 }]);
  await deliver(all, { worker });
  expect(arrivals).toBe(1);
  expect(all.queue.waiting).toEqual([]);
});

test("one worker runs own and carried jobs of a queue in which both arrive", async () => {
  const all = setting();
  const { due: _due, keepMs: _keepMs, ...data } = newJob({ id: "carried" });
  await all.broker.enqueue([newJob({ id: "own" })]);
  await all.broker.carry([{ ...data, token: 17, attempt: 1, stalled: false, ageMs: 0, waitedMs: 0 }]);
  const ran: string[] = [];
  const noting = (verb: string) => async (jobs: readonly ClaimedJob[]) =>
    void ran.push(...jobs.map(({ id }) => `${verb} ${id}`));
  await deliver(all, { worker: { run: noting("run"), runCarried: noting("runCarried") } });
  expect(ran.sort()).toEqual(["run own", "runCarried carried"]);
});

test.each([
  ["own", { runCarried: nothing.run }, [{ dueAt: 30 * SECOND }]],
  ["carried", nothing, []],
] as const)("%s jobs of which the worker knows nothing are not run but logged", async (kind, worker, left) => {
  const all = setting();
  const { due: _due, keepMs: _keepMs, ...data } = newJob();
  if (kind === "own") await all.broker.enqueue([newJob()]);
  else await all.broker.carry([{ ...data, token: 17, attempt: 1, stalled: false, ageMs: 0, waitedMs: 0 }]);
  const said: unknown[] = [];
  await deliver(all, { worker, log: { ...quiet, error: (entry: unknown) => said.push(entry) } });
  expect(said).toMatchObject([{ kind, jobs: 1 }]);
  expect(all.queue.waiting.map(({ dueAt }) => ({ dueAt: dueAt - all.now() }))).toEqual(left);
});

test("what cannot be carried is answered as failed, job by job", async () => {
  const all = setting();
  const { due: _due, keepMs: _keepMs, ...data } = newJob();
  const claimed: ClaimedJob = { ...data, token: 1, attempt: 1, stalled: false, ageMs: 0, waitedMs: 0 };
  const jobs = Array.from({ length: 102 }, (_, i) => ({
    ...claimed,
    id: `job-${i}`,
    payload: i === 1 ? "x".repeat(130_000) : "1",
  }));
  all.queue.fail("refused");
  const answers = await all.broker.carry(jobs);
  expect(answers.map((answer, i) => (answer === "sent" ? i : -1)).filter((i) => i >= 0)).toEqual([101]);
});
