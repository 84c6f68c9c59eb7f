/** Runs jobs of a RabbitMQ until it is told to stop, as a container is. */
import process from "node:process";
import { AMQPClient } from "@cloudamqp/amqp-client";
import { createWorker, handle } from "@longshore/core";
import { consume, consumeDeadLetters, overAmqpClient, rabbitmq } from "@longshore/rabbitmq";
import { welcome } from "./jobs.ts";

const url = process.env["RABBITMQ_URL"] ?? "amqp://localhost?heartbeat=30";
const broker = rabbitmq({ connect: overAmqpClient(() => new AMQPClient(url)) });

const handlers = [handle(welcome, ({ userId }, { log }) => log.info("welcome", { userId }))];
const consumers = [
  consume({ broker, worker: createWorker(broker, { handlers, queues: { default: 20 } }) }),
  consumeDeadLetters({
    broker,
    handler: (letter) => console.error({ message: "a job is dead", id: letter?.id, name: letter?.name }),
  }),
];

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    // Docker kills after 10 s, Kubernetes after 30, unless told otherwise.
    await Promise.all(consumers.map((one) => one.stop({ grace: "8s" })));
    await broker.close();
  });
}
