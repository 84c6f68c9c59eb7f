import { AMQPClient } from "@cloudamqp/amqp-client";
import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { missingRabbitMQ, startRabbitMQ } from "@longshore/servers/rabbitmq";
import amqplib from "amqplib";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Connect } from "../../src/connection.ts";
import { consume, overAmqpClient, overAmqplib, rabbitmq } from "../../src/index.ts";
import { quiet, signal } from "../setting.ts";

/** Of its own: it is killed. */
const server = missingRabbitMQ() === undefined ? await startRabbitMQ() : undefined;
const url = `${server?.url}?heartbeat=5`;
const connects: Readonly<Record<string, Connect>> = {
  "amqp-client": overAmqpClient(() => new AMQPClient(url)),
  amqplib: overAmqplib(() => amqplib.connect(url)),
};

afterAll(async () => {
  await server?.stop();
});

const task = defineJob("task", {
  input: z.object({ n: z.number() }),
  retry: fixed({ attempts: 1_000, delay: 1_000, jitter: 0 }),
});
const JOBS = 400;

async function restart(): Promise<void> {
  await server?.kill("SIGKILL");
  await server?.start();
}

describe.skipIf(server === undefined)("a server that is killed", () => {
  test.each(Object.entries(connects))(
    "loses nothing that was acknowledged, and a consumer goes on when it is back: %s",
    async (name, connect) => {
      const broker = rabbitmq({ connect, prefix: `crash-${name}` });
      const queue = createQueue(broker, { log: quiet });
      const acknowledged = new Set<number>();
      const ran = new Set<number>();
      const all = signal();
      let back = Promise.resolve();
      // Some fail at first: their retries wait in the ladder.
      const run = handle(task, ({ n }, { attempt }) => {
        if (n % 5 === 0 && attempt === 1) throw new Error("not now");
        if (ran.add(n).size === JOBS) all.send();
      });
      const worker = createWorker(broker, { handlers: [run], log: quiet, queues: { default: 20 } });
      const consumer = consume({ broker, worker, log: quiet });
      const enqueue = async (n: number): Promise<void> => {
        for (;;) {
          try {
            // And some are delayed, and wait there, too.
            await queue.enqueue(task, { n }, n % 7 === 0 ? { delay: "2s" } : {});
            acknowledged.add(n);
            return;
          } catch {
            // Unknown, and repeated: it may run twice.
            await back;
          }
        }
      };
      for (let n = 0; n < JOBS; n += 50) {
        const calls = Array.from({ length: 50 }, (_, i) => enqueue(n + i));
        // In the middle of it all.
        if (n === 200) back = restart();
        await Promise.all(calls);
      }
      await all.come;
      await consumer.stop();
      await broker.close();
      expect([...acknowledged].filter((n) => !ran.has(n))).toEqual([]);
    },
  );
});
