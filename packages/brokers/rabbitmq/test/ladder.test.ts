import { AMQPClient } from "@cloudamqp/amqp-client";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { consume, overAmqpClient, rabbitmq } from "../src/index.ts";
import { MAX_HOP_MS, ladderTopology, queueTopology, route } from "../src/ladder.ts";

const names = { prefix: "longshore", deadLetters: "longshore.dead" };

/** A topic exchange's rule: `*` is one word, `#` any number of them. */
function matches(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return words.length === 0;
  if (first === "#") return matches(rest, words) || (words.length > 0 && matches(pattern, words.slice(1)));
  return words.length > 0 && (first === "*" || first === words[0]) && matches(rest, words.slice(1));
}

/** Where a message goes in the server: the queues that it passes, how long it waits in them, and where it ends. */
function walk(queues: readonly string[], queue: string, delayMs: number): { waitedMs: number; ends: string[] } {
  const parts = [ladderTopology(names), ...queues.map((one) => queueTopology(names, one))];
  const bindings = parts.flatMap((part) => part.bindings);
  const declared = new Map(parts.flatMap((part) => part.queues).map((one) => [one.name, one.arguments]));
  const { exchange, key } = route(names, queue, delayMs);
  if (exchange === "") return { waitedMs: 0, ends: [key] };
  const words = key.split(".");
  const queuesBehind = (from: string): string[] =>
    bindings
      .filter((one) => one.from === from && matches(one.key.split("."), words))
      .flatMap(({ to, kind }) => (kind === "queue" ? [to] : queuesBehind(to)));
  let waitedMs = 0;
  let at = queuesBehind(exchange);
  for (;;) {
    const [only, ...others] = at;
    const { "x-message-ttl": ttl, "x-dead-letter-exchange": next } = declared.get(only ?? "") ?? {};
    if (others.length > 0 || ttl === undefined) return { waitedMs, ends: at };
    waitedMs += Number(ttl);
    at = queuesBehind(String(next));
  }
}

const LONGEST = MAX_HOP_MS / 1_000;
const fresh = Array.from({ length: 40 }, () => 1 + Math.floor(Math.random() * LONGEST));

test.each([1, 2, 3, 4, 5, 1_023, 1_024, LONGEST - 1, LONGEST, ...fresh])(
  "a delay of %i s waits exactly so long, and ends in one queue",
  (seconds) => {
    expect(walk(["default", "mail"], "mail", seconds * 1_000)).toEqual({
      waitedMs: seconds * 1_000,
      ends: ["longshore.queue.mail"],
    });
  },
);

test("a delay rounds up to whole seconds, and one that is past is none", () => {
  expect(walk(["default"], "default", 1)).toMatchObject({ waitedMs: 1_000 });
  expect(walk(["default"], "default", 1_001)).toMatchObject({ waitedMs: 2_000 });
  expect(walk(["default"], "default", 0)).toEqual({ waitedMs: 0, ends: ["longshore.queue.default"] });
  expect(walk(["default"], "default", -1)).toMatchObject({ waitedMs: 0 });
});

test("queues whose names have dots, or end alike, get their own messages alone", () => {
  const queues = ["b", "a.b", "x.a.b", "longshore.queue.b"];
  for (const queue of queues) expect(walk(queues, queue, 5_000).ends).toEqual([`longshore.queue.${queue}`]);
});

test("no level drops what cannot go on, and a job's deliveries have a limit of ours", () => {
  const { queues } = ladderTopology(names);
  const [dead, ...levels] = queues;
  for (const level of levels) {
    expect(level.arguments).toMatchObject({
      "x-queue-type": "quorum",
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish",
    });
  }
  expect(levels).toHaveLength(20);
  expect(dead?.arguments).toMatchObject({ "x-queue-type": "quorum" });
  expect(queueTopology(names, "default").queues[0]?.arguments).toMatchObject({
    "x-delivery-limit": 100,
    "x-dead-letter-routing-key": "longshore.dead",
  });
});

const url = inject("rabbitmq");

describe.skipIf(url === undefined)("in a real server", () => {
  test("a short delay does not wait behind a long one", async () => {
    const connect = overAmqpClient(() => new AMQPClient(url ?? ""));
    const broker = rabbitmq({ connect, prefix: "ladder" });
    const task = defineJob("task", { input: z.object({ delay: z.number() }), queue: "some.delays" });
    const ran: number[] = [];
    let all = (): void => {};
    const done = new Promise<void>((resolve) => (all = resolve));
    const run = ({ delay }: { delay: number }): void => void (ran.push(delay) === 4 && all());
    const consumer = consume({
      broker,
      worker: createWorker(broker, { handlers: [handle(task, run)], queues: { "some.delays": 10 } }),
    });
    const queue = createQueue(broker);
    const before = Date.now();
    for (const delay of [4, 2, 1, 0]) await queue.enqueue(task, { delay }, { delay: delay * 1_000 });
    await done;
    expect(ran).toEqual([0, 1, 2, 4]);
    // Never early.
    expect(Date.now() - before).toBeGreaterThanOrEqual(4_000);
    await consumer.stop();
    await broker.close();
  });

  test.each([1, 5, 21])(
    "a delayed job finds its way while another process declares, and has come to exchange %i",
    async (n) => {
      const connect = overAmqpClient(() => new AMQPClient(url ?? ""));
      const prefix = `declaring-${n}`;
      const { exchanges } = ladderTopology({ prefix, deadLetters: `${prefix}.dead` });
      const other = await connect();
      await other.declare({ exchanges: exchanges.slice(0, n), queues: [], bindings: [] });
      await other.close();
      const broker = rabbitmq({ connect, prefix });
      const task = defineJob("task", { input: z.object({}) });
      expect((await createQueue(broker).enqueue(task, {}, { delay: "5s" })).status).toBe("sent");
      await broker.close();
    },
  );
});
