import { turn } from "@longshore/conformance/tools";
import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import type { Connect } from "../src/connection.ts";
import { consume } from "../src/index.ts";
import { type Setting, quiet, setting, signal } from "./setting.ts";

const taskOf = (queue: string) =>
  defineJob("task", {
    input: z.object({ n: z.number() }),
    queue,
    retry: fixed({ attempts: 3, delay: 1_000, jitter: 0 }),
  });

/** Acknowledgements that are written and never arrive, as when the connection is lost on the way. */
const losingAcks =
  (isLost: () => boolean): ((connect: Connect) => Connect) =>
  (connect) =>
  async () => {
    const connection = await connect();
    return {
      ...connection,
      consume: (queue, prefetch, deliver) =>
        connection.consume(queue, prefetch, (message) =>
          deliver({ ...message, ack: async () => (isLost() ? undefined : message.ack()) }),
        ),
    };
  };

/** Repeats a call that a lost connection may fail. */
async function enqueued(enqueue: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await enqueue();
      return;
    } catch {
      await turn();
    }
  }
}

describe.skipIf(inject("rabbitmq") === undefined)("over a real server", () => {
  /** The ways in which the server's side of a consumer ends. */
  const ends: Readonly<Record<string, (setting: Setting) => unknown>> = {
    "its connection": ({ clients }) => clients.at(-1)?.socket?.destroy(),
    // As when the server is killed: the client is told of an error, and of the end a moment later.
    "its connection, by an error": ({ clients }) => clients.at(-1)?.socket?.destroy(new Error("read ECONNRESET")),
    // The server closes a channel that acknowledges what it never got.
    "its channel": ({ clients }) =>
      clients.at(-1)?.channels.forEach((channel) => {
        if (channel && channel.consumers.size > 0) void channel.basicAck(1_000_000);
      }),
  };

  test.each(Object.entries(ends))(
    "a job that runs while %s ends is run once, settled in the next one, and no other is lost (F16)",
    async (what, end) => {
      const open = setting();
      const { broker, close } = open;
      const name = `ends.${what.replaceAll(/\W+/g, "-")}`;
      const task = taskOf(name);
      const [begun, goOn, all, renewed] = [signal(), signal(), signal(), signal()];
      const runs: string[] = [];
      const run = handle(task, async ({ n }, { attempt }) => {
        runs.push(`${n}:${attempt}`);
        if (n === 0) {
          begun.send();
          await goOn.come;
        }
        if (runs.length === 5) all.send();
      });
      const queue = createQueue(broker);
      const worker = createWorker(broker, { handlers: [run], queues: { [name]: 2 } });
      const warn = (): void => renewed.send();
      const consumer = consume({ broker, worker, log: { ...quiet, warn } });
      await queue.enqueue(task, { n: 0 });
      await begun.come;
      end(open);
      await renewed.come;
      for (const n of [1, 2, 3, 4]) {
        await enqueued(() => queue.enqueue(task, { n }));
      }
      await all.come;
      goOn.send();
      await consumer.stop();
      expect(runs.toSorted()).toEqual(["0:1", "1:1", "2:1", "3:1", "4:1"]);
      // Nothing is left: what ran was settled.
      const channel = await (await open.client()).channel();
      expect(await channel.basicGet(`tests.queue.${name}`)).toBe(null);
      await close();
    },
  );

  test("a job whose acknowledgement was lost with the connection is not run again", async () => {
    let lost = true;
    const open = setting(losingAcks(() => lost));
    const { broker, clients, close } = open;
    const task = taskOf("lost-acks");
    const runs: number[] = [];
    const [first, second] = [signal(), signal()];
    const run = handle(task, ({ n }) => {
      runs.push(n);
      (n === 1 ? first : second).send();
    });
    const completed = signal();
    const worker = createWorker(broker, {
      handlers: [run],
      queues: { "lost-acks": 1 },
      onEvent: ({ type }) => type === "completed" && completed.send(),
    });
    const consumer = consume({ broker, worker, log: quiet });
    const queue = createQueue(broker);
    await queue.enqueue(task, { n: 1 });
    await first.come;
    await completed.come;
    lost = false;
    clients.at(-1)?.socket?.destroy();
    await enqueued(() => queue.enqueue(task, { n: 2 }));
    await second.come;
    await consumer.stop();
    expect(runs).toEqual([1, 2]);
    await close();
  });
});
