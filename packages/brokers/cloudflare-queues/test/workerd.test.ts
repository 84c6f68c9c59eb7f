import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { anyInput } from "@longshore/conformance/tools";
import {
  createQueue,
  createWorker,
  defineJob,
  fixed,
  handle,
  type JobContext,
  type Logger,
  nonRetryable,
  snooze,
} from "@longshore/core";
import { withReserved } from "@longshore/core/adapter";
import { beforeEach, expect, test, vi } from "vitest";
import { cloudflareQueues, consume, readDeadLetter } from "../src/index.ts";
import { buried, consumer } from "./worker.ts";

/** However busy the machine is. */
const SOON = { timeout: 200_000 };

// Cloudflare's local emulator: real bindings and real batches. It keeps everything in memory, so it proves no durability.
const broker = cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD });
const queue = createQueue(broker);
const mail = defineJob("send-welcome-email", {
  input: anyInput<{ userId: number }>(),
  retry: fixed({ attempts: 3, delay: 1_000, jitter: 0 }),
});

beforeEach(() => {
  consumer.handlers = [];
  buried.length = 0;
});

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

const handledBy = (run: (input: { userId: number }, context: JobContext) => unknown): void => {
  consumer.handlers = [handle(mail, run)];
};

test("a job goes through the platform's queue and runs", async () => {
  const seen: unknown[] = [];
  handledBy((input, { id, attempt }) => seen.push([input, id, attempt]));
  const { id, status } = await queue.enqueue(mail, { userId: 42 });
  expect(status).toBe("sent");
  await vi.waitUntil(() => seen.length > 0, SOON);
  expect(seen).toEqual([[{ userId: 42 }, id, 1]]);
});

test("a hundred and fifty jobs of one call all run", async () => {
  const seen = new Set<number>();
  handledBy(({ userId }) => seen.add(userId));
  const answers = await queue.enqueueMany(Array.from({ length: 150 }, (_, userId) => mail.with({ userId })));
  expect(answers.every(({ status }) => status === "sent")).toBe(true);
  await vi.waitUntil(() => seen.size === 150, SOON);
});

test("a job fails, is retried by the platform, snoozes without losing an attempt, and ends in the dead letters", async () => {
  const attempts: number[] = [];
  handledBy((_, { attempt }) => {
    attempts.push(attempt);
    if (attempts.length === 1) throw new Error("not now");
    if (attempts.length === 2) throw snooze(1_000);
    throw nonRetryable("no such user");
  });
  await queue.enqueue(mail, { userId: 42 });
  await vi.waitUntil(() => buried.length > 0, SOON);
  expect(attempts).toEqual([1, 2, 2]);
  expect(buried.map((body) => readDeadLetter({ body }))).toMatchObject([
    {
      name: "send-welcome-email",
      payload: '{"userId":42}',
      end: { attempts: 2, failure: { message: "no such user" } },
    },
  ]);
});

test("yesterday's bare messages reach their handler through the same queue", async () => {
  const bodies: unknown[] = [];
  consumer.foreign = ({ body }) => bodies.push(body);
  await env.JOBS.send({ kind: "bare", userId: 7 });
  await vi.waitUntil(() => bodies.length > 0, SOON);
  expect(bodies).toEqual([{ kind: "bare", userId: 7 }]);
});

test("a payload of the promised size passes the platform's own limit, with sixteen entries and a trace context", async () => {
  const large = defineJob("large", { input: anyInput<{ userId: number }>() });
  const traced = { ...large, headers: () => withReserved(large.headers(), { $tracestate: '"'.repeat(980) }) };
  const metadata = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => ["k".repeat(98) + (10 + i), "\u0001".repeat(256)]),
  );
  let bytes = 0;
  consumer.handlers = [handle(large, (input) => void (bytes = JSON.stringify(input).length))];
  const filler = "x".repeat(broker.traits.maxPayloadBytes - '{"userId":1,"filler":""}'.length);
  await queue.enqueue(traced, { userId: 1, filler } as { userId: number }, { metadata });
  await vi.waitUntil(() => bytes > 0, SOON);
  expect(bytes).toBe(broker.traits.maxPayloadBytes);
  await expect(queue.enqueue(large, { userId: 1, filler: `${filler}x` } as { userId: number })).rejects.toMatchObject({
    code: "payload_too_large",
  });
});

test("every message of a batch ends acknowledged or retried by a call of ours, and the handler returns", async () => {
  const sent: { body: string; delaySeconds: number }[] = [];
  const recorder = { sendBatch: async (messages: Iterable<(typeof sent)[number]>) => void sent.push(...messages) };
  const recording = cloudflareQueues({ queue: recorder, deadLetters: env.DEAD });
  await createQueue(recording).enqueueMany([1, 2, 3].map((userId) => mail.with({ userId })));
  const bodies = [...sent.map(({ body }) => body), { bare: true }, "longshore/9 from tomorrow"];
  const batch = createMessageBatch(
    "jobs",
    bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body })),
  );
  const ctx = createExecutionContext();
  const worker = createWorker(recording, {
    handlers: [
      handle(mail, ({ userId }) => {
        if (userId === 2) throw new Error("not now");
      }),
    ],
  });
  await consume(batch, { broker: recording, worker, log: quiet });
  const { explicitAcks, retryMessages, retryBatch, ackAll, outcome } = await getQueueResult(batch, ctx);
  expect({ retryBatch, ackAll, outcome }).toEqual({ retryBatch: { retry: false }, ackAll: false, outcome: "ok" });
  expect(explicitAcks.toSorted()).toEqual(["0", "2"]);
  expect(retryMessages.map(({ msgId }) => msgId).toSorted()).toEqual(["1", "3", "4"]);
});
