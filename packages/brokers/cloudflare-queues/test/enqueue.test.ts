import { LongshoreError } from "@longshore/core";
import { DAY, HOUR } from "@longshore/conformance/tools";
import type { ClaimedJob, NewJob } from "@longshore/core/adapter";
import { decode } from "@longshore/core/broker";
import { expect, test } from "vitest";
import { cloudflareQueues, consume } from "../src/index.ts";
import { type Setting, newJob, setting } from "./setting.ts";

const many = (count: number, overrides: Partial<NewJob> = {}): NewJob[] =>
  Array.from({ length: count }, (_, i) => newJob({ id: `job-${i}`, ...overrides }));

const sizes = ({ queue }: Setting): number[] => queue.calls.map((call) => call.length);

const refusal = async (call: () => unknown): Promise<string | undefined> => {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error instanceof LongshoreError ? error.code : String(error);
  }
};

test("a batch is split at a hundred messages", async () => {
  const all = setting();
  const answers = await all.broker.enqueue(many(250));
  expect(answers).toEqual(many(250).map(() => ({ status: "sent" })));
  expect(sizes(all)).toEqual([100, 100, 50]);
});

test("a batch is split at 256 000 bytes, the platform's metadata counted", async () => {
  const all = setting();
  await all.broker.enqueue(many(7, { payload: `"${"é".repeat(30_000)}"` }));
  expect(sizes(all)).toEqual([4, 3]);
  expect(all.queue.waiting).toHaveLength(7);
});

test("the platform's metadata counts for small messages too", async () => {
  const all = setting();
  const answers = await all.broker.enqueue(many(100, { payload: "x".repeat(2_300) }));
  expect(answers.every(({ status }) => status === "sent")).toBe(true);
  expect(sizes(all)).toHaveLength(2);
});

test("no job at all is no call at all", async () => {
  const all = setting();
  expect(await all.broker.enqueue([])).toEqual([]);
  expect(all.queue.calls).toEqual([]);
});

/** The largest jobs that the core lets through: with characters of three bytes, and with those that JSON writes in six. */
function largestOf(all: Setting): { readonly largest: NewJob; readonly escaped: NewJob } {
  const metadata = (value: string) =>
    Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`m.${"k".repeat(98)}${10 + i}`, value.repeat(256)]));
  // What no metadata of users' has names of: a trace context, as much as is carried of one.
  const trace = { "m.$traceparent": "p".repeat(55), "m.$tracestate": '"'.repeat(900) };
  const largest = newJob({
    id: "i".repeat(200),
    partition: "p".repeat(200),
    name: "n".repeat(100),
    queue: "q".repeat(100),
    payload: "x".repeat(all.broker.traits.maxPayloadBytes),
    headers: { v: "1", s: "s".repeat(40), ...trace, ...metadata("\u{4e2d}") },
  });
  const escaped = newJob({ ...largest, headers: { ...largest.headers, ...metadata("\u0001") } });
  return { largest, escaped };
}

test("the largest job that the core lets through fits into a message, and as a dead letter too (F112)", async () => {
  const all = setting();
  const { largest, escaped } = largestOf(all);
  expect(await all.broker.enqueue([largest, escaped])).toEqual([{ status: "sent" }, { status: "sent" }]);

  const failure = { message: "\u0001".repeat(1_000), stack: "\u0001".repeat(3_000) };
  const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "dead", failure } })));
  };
  await all.queue.deliver((batch) => consume(batch, { broker: all.broker, worker: { run } }));
  expect(all.dead.waiting).toHaveLength(2);
});

test("the largest job can be snoozed, and carried, whatever for", async () => {
  const all = setting();
  const { escaped } = largestOf(all);
  const reason = "\u0001".repeat(1_000);
  const outcome = { type: "snooze", delayMs: 1_000, reason } as const;
  const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome })));
  };
  await all.broker.enqueue([escaped]);
  await all.queue.deliver((batch) => consume(batch, { broker: all.broker, worker: { run } }));
  expect(all.queue.waiting).toMatchObject([{ attempts: 0, dueAt: all.now() + 1_000 }]);
  const lease = { token: 1, attempt: 1, stalled: false, ageMs: 0, waitedMs: 0 };
  expect(await all.broker.carry([{ ...escaped, ...lease, snoozed: { reason, forMs: 1 } }])).toEqual(["sent"]);
});

test("an oversize job is refused with its whole batch, before anything is sent (F112)", async () => {
  const all = setting();
  const batch = [...many(150), newJob({ payload: "x".repeat(128_000) })];
  expect(await refusal(() => all.broker.enqueue(batch))).toBe("payload_too_large");
  expect(all.queue.calls).toEqual([]);
});

test("when one call of several fails, the answers say whose it was", async () => {
  const all = setting();
  all.queue.fail("refused");
  const answers = await all.broker.enqueue(many(150));
  expect(answers.slice(0, 100).every(({ status }) => status === "failed")).toBe(true);
  expect(answers.slice(100).every(({ status }) => status === "sent")).toBe(true);
  expect(answers[0]).toEqual({
    status: "failed",
    message: "The queue did not acknowledge the message: Error: Queue sendBatch failed: Internal Server Error",
  });
});

test.each([
  [{ inMs: 0 }, 0],
  [{ inMs: 1 }, 1],
  [{ inMs: 1_000 }, 1],
  [{ inMs: 1_001 }, 2],
  [{ inMs: DAY }, 86_400],
  [{ inMs: DAY + 1 }, 86_400],
  [{ inMs: 400 * DAY }, 86_400],
  [{ at: 0 }, 0],
  [{ at: 1_700_000_000_000 + 2_500 }, 3],
] as const)("a due time of %o is a delay of %d seconds", async (due, seconds) => {
  const all = setting();
  await all.broker.enqueue([newJob({ due })]);
  expect(all.queue.calls[0]?.[0]?.delaySeconds).toBe(seconds);
});

test("a delay past 24 hours hops from message to message, and the job starts once, not before it is due (F15)", async () => {
  const all = setting();
  const due = 3 * DAY + 5 * HOUR;
  const started: ClaimedJob[] = [];
  const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    started.push(...jobs);
    await all.broker.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  };
  await all.broker.enqueue([newJob({ due: { inMs: due } })]);
  for (let hours = 1; hours <= 100; hours++) {
    all.pass(HOUR);
    await all.queue.deliver((batch) => consume(batch, { broker: all.broker, worker: { run } }));
    expect(started).toHaveLength(hours * HOUR < due ? 0 : 1);
  }
  expect(all.queue.calls).toHaveLength(4);
  expect(started[0]).toMatchObject({ attempt: 1, ageMs: due, waitedMs: 0, payload: newJob().payload });
  expect(all.queue.waiting).toEqual([]);
});

test("a hop that cannot be sent is tried again, and loses nothing", async () => {
  const all = setting();
  const started: ClaimedJob[] = [];
  const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    started.push(...jobs);
  };
  const deliver = (): Promise<void> =>
    all.queue.deliver((batch) => consume(batch, { broker: all.broker, worker: { run } }));
  await all.broker.enqueue([newJob({ due: { inMs: 2 * DAY } })]);
  all.pass(DAY);
  all.queue.fail("refused");
  await deliver();
  expect(all.queue.waiting).toHaveLength(1);
  all.pass(30_000);
  await deliver();
  all.pass(DAY);
  await deliver();
  expect(started).toMatchObject([{ id: "job-1", attempt: 1 }]);
});

test("a message says what the job is, and carries its payload as it is", async () => {
  const all = setting();
  await all.broker.enqueue([newJob({ partition: "user:42", due: { inMs: 500 } })]);
  expect(decode(all.queue.waiting[0]?.body)).toEqual({
    kind: "job",
    id: "job-1",
    partition: "user:42",
    name: "send-welcome-email",
    queue: "default",
    payload: '{"userId":42}',
    headers: { v: "1" },
    priority: 5,
    sentAt: all.now(),
    dueAt: all.now() + 1_000,
    attempts: 0,
  });
});

test("without a queue, or without a queue of its own for the dead letters, there is no adapter (F114)", async () => {
  const { queue, dead } = setting();
  const lax = cloudflareQueues as (options: object) => unknown;
  expect(await refusal(() => lax({ queue }))).toBe("invalid_option");
  expect(await refusal(() => lax({ queue, deadLetters: {} }))).toBe("invalid_option");
  expect(await refusal(() => lax({ deadLetters: dead }))).toBe("invalid_option");
  expect(await refusal(() => lax({ queue, deadLetters: queue }))).toBe("invalid_option");
  expect(await refusal(() => lax({ queue, deadLetters: dead }))).toBe(undefined);
});
