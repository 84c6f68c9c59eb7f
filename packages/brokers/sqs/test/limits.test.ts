import type { ClaimedJob, NewJob, Outcome } from "@longshore/core/adapter";
import { expect, test } from "vitest";
import { readDeadLetter, sqs } from "../src/index.ts";
import { ACCOUNT, type Setting, newJob, setting } from "./setting.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const failure = { message: "not now" };

const many = (count: number, overrides: Partial<NewJob> = {}): NewJob[] =>
  Array.from({ length: count }, (_, i) => newJob({ id: `job-${i}`, ...overrides }));
const sizes = ({ service }: Setting, action = "SendMessageBatch"): number[] =>
  service.calls.filter((call) => call.action === action).map(({ input }) => (input["Entries"] as unknown[]).length);

/** Receives what is due, and settles every job of it so. */
async function work(all: Setting, outcome: Outcome, hiddenMs = 30 * SECOND): Promise<readonly ClaimedJob[]> {
  const received = (await Promise.all(all.broker.queues.map((queue) => queue.receive(10, 0, hiddenMs)))).flat();
  const { jobs } = await all.broker.receive(received);
  await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome })));
  return jobs;
}

test("a batch has at most ten messages, and what is settled together is deleted together", async () => {
  const all = setting();
  expect(await all.broker.enqueue(many(25))).toEqual(many(25).map(() => ({ status: "sent" })));
  expect(sizes(all)).toEqual([10, 10, 5]);
  expect(await work(all, { type: "complete" })).toHaveLength(10);
  expect(sizes(all, "DeleteMessageBatch")).toEqual([10]);
  expect(all.service.messages(all.queue)).toHaveLength(15);
});

test("the batches of one call enter a FIFO queue in their order, however long each of them takes", async () => {
  const { service, queue, idle } = setting(".fifo");
  const entered: string[][] = [];
  let calls = 0;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const broker = sqs({
    queue,
    deadLetters: `${ACCOUNT}/dead.fifo`,
    async call(action, input) {
      if (calls++ === 0) await held;
      entered.push((input["Entries"] as { readonly MessageBody: string }[]).map(({ MessageBody }) => MessageBody));
      return service.call(action, input);
    },
  });
  const sending = broker.enqueue(many(25, { partition: "one" }));
  await idle();
  release();
  expect(await sending).toHaveLength(25);
  expect(entered.map((bodies) => bodies.length)).toEqual([10, 10, 5]);
});

test("a batch has at most a MiB", async () => {
  const all = setting();
  const answers = await all.broker.enqueue(many(7, { payload: `"${"é".repeat(200_000)}"` }));
  expect(answers).toEqual(many(7).map(() => ({ status: "sent" })));
  expect(sizes(all)).toEqual([2, 2, 2, 1]);
});

test("the largest job that the core lets through fits, and as a dead letter too", async () => {
  const all = setting();
  const metadata = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [`m.${"k".repeat(98)}${10 + i}`, "\u0001".repeat(256)]),
  );
  const largest = newJob({
    id: "i".repeat(200),
    partition: "p".repeat(200),
    name: "n".repeat(100),
    queue: "q".repeat(100),
    payload: "x".repeat(all.broker.traits.maxPayloadBytes),
    headers: { v: "1", s: "s".repeat(40), ...metadata },
  });
  expect(await all.broker.enqueue([largest])).toEqual([{ status: "sent" }]);
  const told = { message: "\u0001".repeat(1_000), stack: "\u0001".repeat(3_000) };
  expect(await work(all, { type: "dead", failure: told })).toHaveLength(1);
  expect(all.service.messages(all.dead).map(readDeadLetterOf)).toMatchObject([{ id: largest.id }]);
});

const readDeadLetterOf = ({ body }: { readonly body: string }) => readDeadLetter({ Body: body });

test("a larger job is refused with its whole batch, before anything is sent", async () => {
  const all = setting();
  const batch = [...many(3), newJob({ payload: "x".repeat(1_048_576) })];
  await expect(all.broker.enqueue(batch)).rejects.toMatchObject({ code: "payload_too_large" });
  expect(all.service.calls).toEqual([]);
});

test("a queue that takes less says so in messageBytes", async () => {
  const { service, queue, dead, now } = setting();
  const broker = sqs({ call: service.call, queue, deadLetters: dead, clock: now, messageBytes: 262_144 });
  expect(broker.traits.maxPayloadBytes).toBe(229_376);
  await expect(broker.enqueue([newJob({ payload: "x".repeat(262_144) })])).rejects.toMatchObject({
    code: "payload_too_large",
  });
});

test("characters that SQS replaces come back as they were, in dead letters too", async () => {
  const all = setting();
  const payload = '"100% \ufffe \uffff %fffe naïve 👩"';
  await all.broker.enqueue([newJob({ payload })]);
  expect(await work(all, { type: "dead", failure })).toMatchObject([{ payload }]);
  expect(all.service.messages(all.dead).map(readDeadLetterOf)).toMatchObject([{ payload }]);
  // Escaped they may be too many, which is said of that job alone.
  const answers = await all.broker.enqueue([newJob({ payload: `"${"\ufffe".repeat(300_000)}"` }), newJob()]);
  expect(answers).toMatchObject([
    { status: "failed", message: expect.stringContaining("escaped") },
    { status: "sent" },
  ]);
});

test.each([
  [0, 0],
  [1, 1],
  [900 * SECOND, 900],
  [900 * SECOND + 1, 900],
  [40 * 24 * HOUR, 900],
])("a delay of %i ms is one of %i seconds", async (inMs, seconds) => {
  const all = setting();
  expect(await all.broker.enqueue([newJob({ due: { inMs } })])).toEqual([{ status: "sent" }]);
  expect(all.service.calls[0]?.input["Entries"]).toMatchObject([{ DelaySeconds: seconds }]);
});

test("what SQS refuses of a batch fails by itself, and what it does not answer fails as a whole", async () => {
  const all = setting();
  all.service.fail("SendMessageBatch", "refused");
  const answers = await all.broker.enqueue(many(15));
  expect(answers.map(({ status }) => status)).toEqual([...many(10).map(() => "failed"), ...many(5).map(() => "sent")]);
});

test("a retry is the message's own for 15 minutes, and then a new message: hidden ones are counted", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  await work(all, { type: "retry", delayMs: 900 * SECOND, failure });
  const [first] = all.service.messages(all.queue);
  await all.pass(900 * SECOND);
  expect(await work(all, { type: "retry", delayMs: 901 * SECOND, failure })).toMatchObject([{ attempt: 2 }]);
  expect(all.service.messages(all.queue).map(({ id }) => id)).not.toContain(first?.id);
  await all.pass(900 * SECOND);
  expect(await work(all, { type: "complete" })).toEqual([]);
  await all.pass(SECOND);
  expect(await work(all, { type: "complete" })).toMatchObject([{ attempt: 3, waitedMs: 0 }]);
});

test("a retry that would hide its message beyond 12 hours is a new message", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  const received = (await all.broker.queues[0]?.receive(10, 0, 12 * HOUR)) ?? [];
  const { jobs } = await all.broker.receive(received);
  await all.pass(12 * HOUR - 90 * SECOND);
  const outcome: Outcome = { type: "retry", delayMs: 60 * SECOND, failure };
  expect(await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome })))).toEqual(["accepted"]);
  await all.pass(60 * SECOND);
  expect(await work(all, { type: "complete" })).toMatchObject([{ attempt: 2 }]);
});

test("a message that another process has by now is not deleted, and its job's settlement says so in a FIFO queue (F14)", async () => {
  const all = setting(".fifo");
  await all.broker.enqueue([newJob()]);
  const received = (await all.broker.queues[0]?.receive(10, 0, 10 * SECOND)) ?? [];
  const { jobs } = await all.broker.receive(received);
  await all.pass(10 * SECOND);
  const late = jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } as const }));
  await expect(all.broker.settle(late)).rejects.toMatchObject({ code: "enqueue_failed" });
  expect(await work(all, { type: "complete" })).toMatchObject([{ id: "job-1", attempt: 2 }]);
});

test("a FIFO queue gets the partition as its group, and ids that it cannot take as their hash", async () => {
  const all = setting(".fifo");
  const long = "p".repeat(200);
  await all.broker.enqueue([
    newJob({ partition: "user:42" }),
    newJob({ id: "job-2", partition: long }),
    newJob({ id: long }),
  ]);
  expect(all.service.messages(all.queue).map(({ group }) => group)).toEqual([
    "user:42",
    expect.stringMatching(/^sha256:[\da-f]{64}$/),
    expect.stringMatching(/^sha256:[\da-f]{64}$/),
  ]);
  expect(all.service.calls[0]?.input["Entries"]).not.toMatchObject([{ DelaySeconds: 0 }]);
});

test("a FIFO queue drops a job that is sent again after a lost reply; a standard one has it twice", async () => {
  for (const [suffix, count] of [
    [".fifo", 1],
    ["", 2],
  ] as const) {
    const all = setting(suffix);
    all.service.fail("SendMessageBatch", "lostReply");
    expect(await all.broker.enqueue([newJob()])).toMatchObject([{ status: "failed" }]);
    expect(await all.broker.enqueue([newJob()])).toEqual([{ status: "sent" }]);
    expect(all.service.messages(all.queue)).toHaveLength(count);
  }
});

test("a job of a FIFO queue may be snoozed at once and often: no copy is taken for a repeated one", async () => {
  const all = setting(".fifo");
  await all.broker.enqueue([newJob()]);
  for (let i = 0; i < 5; i++) {
    expect(await work(all, { type: "snooze", delayMs: 0 })).toMatchObject([{ id: "job-1", attempt: 1 }]);
  }
  expect(all.service.messages(all.queue)).toHaveLength(1);
});

test("a retry in a FIFO queue keeps its place, and a snooze goes behind its group", async () => {
  const all = setting(".fifo");
  const ids = async (outcome: Outcome) => (await work(all, outcome)).map(({ id }) => id);
  await all.broker.enqueue([newJob({ id: "a", partition: "p" }), newJob({ id: "b", partition: "p" })]);
  const one = async (outcome: Outcome): Promise<string[]> => {
    const { jobs } = await all.broker.receive((await all.broker.queues[0]?.receive(1, 0, 30 * SECOND)) ?? []);
    await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome })));
    return jobs.map(({ id }) => id);
  };
  expect(await one({ type: "retry", delayMs: 5 * SECOND, failure })).toEqual(["a"]);
  expect(await one({ type: "complete" })).toEqual([]);
  await all.pass(5 * SECOND);
  expect(await one({ type: "snooze", delayMs: 0 })).toEqual(["a"]);
  expect(await one({ type: "complete" })).toEqual(["b"]);
  expect(await ids({ type: "complete" })).toEqual(["a"]);
});

test("jobs go to the queue of their queue's name, or to the one for all others", async () => {
  const { service, queue, dead, now } = setting();
  const mail = `${ACCOUNT}/mail`;
  const broker = sqs({ call: service.call, queue, queues: { mail }, deadLetters: dead, clock: now });
  await broker.enqueue([newJob({ queue: "mail" }), newJob({ queue: "other" }), newJob({ queue: "toString" })]);
  expect([mail, queue].map((url) => service.messages(url).length)).toEqual([1, 2]);
  expect(broker.queues.map(({ url }) => url)).toEqual([queue, mail]);
});

const lax = sqs as (options: object) => unknown;
const call = async () => ({});
const queue = `${ACCOUNT}/jobs`;
test.each([
  ["no options", undefined],
  ["no call", { queue, deadLetters: `${ACCOUNT}/dead` }],
  ["a name for a URL", { call, queue: "jobs", deadLetters: `${ACCOUNT}/dead` }],
  ["no dead letters", { call, queue }],
  ["the queue for its dead letters", { call, queue, deadLetters: queue }],
  ["queues of both kinds", { call, queue, queues: { mail: `${ACCOUNT}/mail.fifo` }, deadLetters: `${ACCOUNT}/dead` }],
  ["messages too small for a job", { call, queue, deadLetters: `${ACCOUNT}/dead`, messageBytes: 1_024 }],
  ["an unknown option", { call, queue, deadLetters: `${ACCOUNT}/dead`, region: "eu-west-1" }],
])("there is no adapter with %s", (_, options) => {
  expect(() => lax(options as object)).toThrow(expect.objectContaining({ code: "invalid_option" }));
});
