import { AMQPClient, AMQPWebSocketClient } from "@cloudamqp/amqp-client";
import { createQueue, createWorker, defineJob, every, schedule } from "@longshore/core";
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  type ConsumeOptions,
  consume,
  consumeDeadLetters,
  overAmqpClient,
  overAmqplib,
  rabbitmq,
} from "../src/index.ts";

// Each `@ts-expect-error` is the test: the compiler fails where the line below it would compile.
const input = z.object({ userId: z.number() });
const plain = defineJob("plain", { input });
const unique = defineJob("unique", { input, id: ({ userId }) => `unique:${userId}` });

const broker = rabbitmq({ connect: async () => Promise.reject(new Error("there is no server")) });
const refused = (call: Promise<unknown>): Promise<void> =>
  expect(call).rejects.toMatchObject({ code: "invalid_option" });

test("both clients fit as they are, over sockets and over WebSockets", () => {
  const connects = [
    overAmqpClient(() => new AMQPClient("amqp://localhost")),
    overAmqpClient(() => new AMQPWebSocketClient("wss://localhost", "/", "guest", "guest")),
    overAmqplib(() => amqplib.connect("amqp://localhost")),
  ];
  expect(connects.map((connect) => typeof connect)).toEqual(["function", "function", "function"]);
});

test("what a broker cannot keep is a compile error, and refused at run time", async () => {
  const queue = createQueue(broker);
  // @ts-expect-error ids cannot be unique here
  await refused(queue.enqueue(plain, { userId: 1 }, { id: "plain:1" }));
  // @ts-expect-error priorities do not count here
  await refused(queue.enqueue(plain, { userId: 1 }, { priority: 1 }));
  // @ts-expect-error the definition derives an id
  await refused(queue.enqueue(unique, { userId: 1 }));
  // @ts-expect-error no state
  expect(queue.get).toBe(undefined);
  // @ts-expect-error nothing to cancel by
  expect(queue.cancel).toBe(undefined);
  const schedules = [schedule("sweep", every("5m"), plain.with({ userId: 1 }))];
  // @ts-expect-error no cursor for a schedule
  expect(() => createWorker(broker, { handlers: [], schedules })).toThrow("this adapter keeps none");
});

test("wrong options are refused, and say what was expected", () => {
  const connect = overAmqpClient(() => new AMQPClient("amqp://localhost"));
  const worker = createWorker(broker, { handlers: [] });
  // @ts-expect-error without a connection
  expect(() => rabbitmq({})).toThrow("connect of rabbitmq must be a function");
  // @ts-expect-error an unknown option
  expect(() => rabbitmq({ connect, queue: "jobs" })).toThrow("valid: connect");
  for (const prefix of ["", "amq", "a.b", "a b", "x".repeat(51)]) {
    expect(() => rabbitmq({ connect, prefix })).toThrow("prefix of rabbitmq");
  }
  // @ts-expect-error nobody runs anything
  const nobody: ConsumeOptions = { broker };
  expect(() => consume(nobody)).toThrow("a worker, or the runner of a pair");
  // Whose jobs would wait without a word?
  expect(() => consume({ broker, worker })).toThrow("queues of consume must be an object of queues");
  expect(() => consume({ broker, worker, queues: { default: 0 } })).toThrow("default in queues of consume");
  expect(() => consume({ broker, worker, queues: { "a b": 1 } })).toThrow("queue name");
  // @ts-expect-error nobody reads them
  expect(() => consumeDeadLetters({ broker })).toThrow("handler of consumeDeadLetters");
});
