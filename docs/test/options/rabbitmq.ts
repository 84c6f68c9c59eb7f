import { createWorker } from "@longshore/core";
import {
  type ConsumeDeadLettersOptions,
  type ConsumeOptions,
  type RabbitMQOptions,
  consume,
  consumeDeadLetters,
  rabbitmq,
} from "@longshore/rabbitmq";
import { type Factory, type Option, aFunction, aLogger, factory } from "./factory.ts";

// Their timers never end, so that nothing connects twice.
const connect = () => new Promise<never>(() => {});
const broker = rabbitmq({ connect });
const queues = { default: 10 };
const worker = createWorker(broker, { handlers: [], queues });
const platform: Option = { good: [{ timer: () => () => {} }] };

export const overRabbitMQ: readonly Factory[] = [
  factory<RabbitMQOptions>(
    "rabbitmq",
    rabbitmq,
    {
      connect: { good: [connect], takes: ["function"] },
      prefix: { good: ["jobs", "tenant_1-b"], takes: ["text"], bad: ["amq", "a.b", "a b", "x".repeat(51)] },
      clock: aFunction,
    },
    { needs: { connect } },
  ),
  factory<ConsumeOptions>(
    "consume",
    consume,
    {
      broker: { good: [broker] },
      worker: { good: [{ run: async () => {} }, { runCarried: async () => {} }], bad: [{ run: 5 }] },
      queues: {
        good: [{ default: 1 }, { mail: 65_535 }],
        takes: ["object"],
        bad: [{ default: 0 }, { "two words": 1 }],
      },
      foreign: aFunction,
      log: aLogger,
      platform,
    },
    { needs: { broker, worker, queues } },
  ),
  factory<ConsumeDeadLettersOptions>(
    "consumeDeadLetters",
    consumeDeadLetters,
    {
      broker: { good: [broker] },
      handler: aFunction,
      prefetch: { good: [1, 1_000], bad: [65_536] },
      log: aLogger,
      platform,
    },
    { needs: { broker, handler: () => {} } },
  ),
];
