import { AMQPClient } from "@cloudamqp/amqp-client";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Connect, consume, overAmqpClient, overAmqplib, rabbitmq } from "@longshore/rabbitmq";
import amqplib from "amqplib";
import { z } from "zod";
import type { Contestant } from "../comparison.ts";

/** How many jobs are in hand at a time. */
const SLOTS = 500;

let opened = 0;

const longshore = (name: string, connectBy: (url: string) => Connect): Contestant => ({
  name,
  async open(url, ran) {
    const broker = rabbitmq({ connect: connectBy(url), prefix: `bench-${++opened}` });
    const task = defineJob("task", { input: z.object({ n: z.number() }) });
    const queue = createQueue(broker);
    return {
      enqueue: (n) => queue.enqueue(task, { n }),
      enqueueMany: (all) => queue.enqueueMany(all.map((n) => task.with({ n }))),
      async work() {
        const handlers = [handle(task, ({ n }) => ran(n))];
        const worker = createWorker(broker, { queues: { default: SLOTS }, handlers });
        const consumer = consume({ broker, worker });
        return () => consumer.stop();
      },
      close: () => broker.close(),
    };
  },
});

/** What a careful app writes by itself: a quorum queue, persistent messages with confirms, acknowledgements. */
const raw: Contestant = {
  name: "amqplib alone",
  async open(url, ran) {
    const connection = await amqplib.connect(url);
    const out = await connection.createConfirmChannel();
    const queue = `bench-${++opened}`;
    await out.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
    const send = (n: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const body = Buffer.from(JSON.stringify({ n }));
        out.publish("", queue, body, { persistent: true, mandatory: true }, (error) =>
          error ? reject(error as Error) : resolve(),
        );
      });
    return {
      enqueue: send,
      enqueueMany: (all) => Promise.all(all.map(send)),
      async work() {
        const channel = await connection.createChannel();
        await channel.prefetch(SLOTS);
        await channel.consume(queue, async (message) => {
          if (message === null) return;
          await ran((JSON.parse(message.content.toString()) as { n: number }).n); // as sent
          channel.ack(message);
        });
        return () => channel.close();
      },
      close: () => connection.close(),
    };
  },
};

export const contestants: readonly Contestant[] = [
  longshore("longshore, amqp-client", (url) => overAmqpClient(() => new AMQPClient(url))),
  longshore("longshore, amqplib", (url) => overAmqplib(() => amqplib.connect(url))),
  raw,
];
