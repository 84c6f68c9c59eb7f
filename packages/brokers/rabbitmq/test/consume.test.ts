import { createQueue, createWorker, defineJob, handle, nonRetryable } from "@longshore/core";
import { encode } from "@longshore/core/broker";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { type DeadLetter, consume, consumeDeadLetters } from "../src/index.ts";
import { quiet, setting, signal } from "./setting.ts";

const defineIn = (queue: string) => defineJob("task", { input: z.object({ n: z.number() }), queue });

/** Timers that end at once, for what would wait half a minute. */
const hasty = { timer: (_ms: number, callback: () => void) => (queueMicrotask(callback), () => {}) };

describe.skipIf(inject("rabbitmq") === undefined)("over a real server", () => {
  test("a hundred and fifty jobs of one call all run, in a queue that nobody declared before", async () => {
    const { broker, close } = setting();
    const task = defineIn("hundred");
    const ran = new Set<number>();
    const all = signal();
    const run = ({ n }: { n: number }): void => void (ran.add(n).size === 150 && all.send());
    const answers = await createQueue(broker).enqueueMany(Array.from({ length: 150 }, (_, n) => task.with({ n })));
    expect(answers.every(({ status }) => status === "sent")).toBe(true);
    const worker = createWorker(broker, { handlers: [handle(task, run)], queues: { hundred: 20 } });
    const consumer = consume({ broker, worker });
    await all.come;
    await consumer.stop();
    await close();
  });

  test("no more jobs are in hand than the worker has slots, and others take the rest", async () => {
    const { broker, close } = setting();
    const other = setting();
    const task = defineIn("slots");
    await createQueue(broker).enqueueMany([1, 2, 3, 4].map((n) => task.with({ n })));
    const [full, end, rest] = [signal(), signal(), signal()];
    const held: number[] = [];
    const taken: number[] = [];
    const slow = handle(task, async ({ n }) => {
      if (held.push(n) === 3) full.send();
      await end.come;
    });
    const queues = { slots: 3 };
    const first = consume({ broker, worker: createWorker(broker, { handlers: [slow], queues }) });
    await full.come;
    const quick = handle(task, ({ n }) => {
      taken.push(n);
      rest.send();
    });
    const second = consume({ broker: other.broker, worker: createWorker(other.broker, { handlers: [quick], queues }) });
    await rest.come;
    expect([held.length, taken.length]).toEqual([3, 1]);
    end.send();
    await Promise.all([first.stop(), second.stop()]);
    await Promise.all([close(), other.close()]);
  });

  test("a stop waits for what runs; what outlives the grace period is delivered to another consumer, as an attempt more", async () => {
    const { broker, close } = setting();
    const other = setting();
    const task = defineIn("stopped");
    const begun = signal();
    const never = handle(task, async () => {
      begun.send();
      await new Promise(() => {});
    });
    await createQueue(broker).enqueue(task, { n: 1 });
    const queues = { stopped: 1 };
    const first = consume({ broker, log: quiet, worker: createWorker(broker, { handlers: [never], queues }) });
    await begun.come;
    await first.stop({ grace: 0 });
    const ran = signal();
    let attempts = 0;
    const again = handle(task, (_, { attempt }) => {
      attempts = attempt;
      ran.send();
    });
    const second = consume({ broker: other.broker, worker: createWorker(other.broker, { handlers: [again], queues }) });
    await ran.come;
    expect(attempts).toBe(2);
    await second.stop();
    await Promise.all([close(), other.close()]);
  });

  test("a queue that somebody removed is declared again by the next job, and by its consumer", async () => {
    const { broker, client, close } = setting();
    const task = defineIn("removed");
    const queue = createQueue(broker);
    await queue.enqueue(task, { n: 1 });
    const channel = await (await client()).channel();
    await channel.queueDelete("tests.queue.removed");
    expect((await queue.enqueue(task, { n: 2 })).status).toBe("sent");
    const ran: number[] = [];
    const [second, third] = [signal(), signal()];
    const run = handle(task, ({ n }) => {
      ran.push(n);
      (n === 2 ? second : third).send();
    });
    const worker = createWorker(broker, { handlers: [run], queues: { removed: 1 } });
    const consumer = consume({ broker, log: quiet, worker });
    await second.come;
    await channel.queueDelete("tests.queue.removed");
    await queue.enqueue(task, { n: 3 });
    await third.come;
    expect(ran).toEqual([2, 3]);
    await consumer.stop();
    await close();
  });

  test("messages of other code reach their handler through the same queue", async () => {
    const { broker, client, close } = setting();
    const bodies: string[] = [];
    const all = signal();
    const consumer = consume({
      broker,
      worker: createWorker(broker, { handlers: [] }),
      queues: { foreign: 5 },
      foreign: ({ body, queue }) => void (bodies.push(`${queue}: ${body}`) === 2 && all.send()),
    });
    await createQueue(broker).enqueue(defineIn("foreign"), { n: 1 }, { delay: "1h" });
    const channel = await (await client()).channel();
    await channel.basicPublish("", "tests.queue.foreign", '{"userId":7}');
    await channel.basicPublish("", "tests.queue.foreign", "");
    await all.come;
    expect(bodies.toSorted()).toEqual(["foreign: ", 'foreign: {"userId":7}']);
    await consumer.stop();
    await close();
  });

  test("a job that its policy declares dead arrives in the dead letters with its error, and a handler that throws gets it again", async () => {
    const { broker, close } = setting(undefined, "buried");
    const task = defineIn("default");
    await createQueue(broker).enqueue(task, { n: 42 });
    const fails = handle(task, () => {
      throw nonRetryable("no such user");
    });
    const consumer = consume({
      broker,
      queues: { default: 1 },
      worker: createWorker(broker, { handlers: [fails], log: quiet }),
    });
    const letters: (DeadLetter | undefined)[] = [];
    const read = signal();
    const handler = (letter: DeadLetter | undefined): void => {
      if (letters.push(letter) === 1) throw new Error("the mail server is down");
      read.send();
    };
    const buried = consumeDeadLetters({ broker, handler, log: quiet, platform: hasty });
    await read.come;
    expect(letters).toMatchObject(
      [1, 2].map(() => ({
        name: "task",
        payload: '{"n":42}',
        end: { attempts: 1, failure: { message: "no such user" } },
      })),
    );
    await Promise.all([consumer.stop(), buried.stop()]);
    await close();
  });

  test("a message that was lost a hundred times with its consumer is a dead letter, and not dropped", async () => {
    const { broker, client, close } = setting(undefined, "lost");
    const task = defineIn("default");
    await createQueue(broker).enqueue(task, { n: 42 });
    const channel = await (await client()).channel();
    let deliveries = 0;
    for (;;) {
      const message = await channel.basicGet("lost.queue.default", { noAck: false });
      if (message === null) break;
      deliveries++;
      await message.nack(true);
    }
    const read = signal();
    let letter: DeadLetter | undefined;
    const handler = (one: DeadLetter | undefined): void => {
      letter = one;
      read.send();
    };
    const buried = consumeDeadLetters({ broker, handler });
    await read.come;
    expect([deliveries, letter?.payload, letter?.end]).toEqual([101, '{"n":42}', undefined]);
    await buried.stop();
    await close();
  });

  test("a message of a newer version is left for a newer consumer, and comes as it was", async () => {
    const { broker, client, close } = setting();
    const body = encode({
      kind: "job",
      id: "job-1",
      partition: undefined,
      name: "task",
      queue: "newer",
      payload: '{"n":1}',
      headers: { v: "1" },
      priority: 5,
      sentAt: 0,
      dueAt: 0,
      attempts: 0,
    }).replace("longshore/1 ", "longshore/9 ");
    const consumer = consume({ broker, worker: createWorker(broker, { handlers: [] }), queues: { newer: 1 } });
    await createQueue(broker).enqueue(defineIn("newer"), { n: 1 }, { delay: "1h" });
    const channel = await (await client()).channel();
    await channel.basicPublish("", "tests.queue.newer", body);
    // Five minutes are 100101100 s: the highest bit is that of 256 s.
    const level = async (): Promise<number> =>
      (await channel.queueDeclare("tests.delay.08", { passive: true })).messageCount;
    while ((await level()) === 0);
    const waiting = await channel.basicGet("tests.delay.08");
    expect(waiting?.bodyString()).toBe(body);
    await consumer.stop();
    await close();
  });

  test("a server that cannot be reached fails an enqueue, and says so", async () => {
    const { broker } = setting(() => async () => {
      throw new Error("connect ECONNREFUSED");
    });
    await expect(createQueue(broker).enqueue(defineIn("nowhere"), { n: 1 })).rejects.toMatchObject({
      code: "enqueue_failed",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
