import { type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type CarriedRunner,
  type Checks,
  type JobRunner,
  aFunction,
  aLogger,
  byQueue,
  checkOptions,
  integer,
  mustBe,
  withMethods,
} from "@longshore/core/adapter";
import { aMessageRunner, runMessages } from "@longshore/core/broker";
import { type Consumer, startConsumer } from "./host.ts";
import type { RabbitMQ } from "./rabbitmq.ts";
import { traits } from "./traits.ts";

/** A message of other code, such as one sent before you used this library. */
export type ForeignMessage = {
  readonly body: string;
  /** From 1. */
  readonly deliveries: number;
  readonly queue: string;
};

export type ConsumeOptions = {
  /** The same adapter that `worker` was made with: it holds the messages until their jobs are settled. */
  readonly broker: RabbitMQ;
  /**
   * Runs the jobs. A worker over `broker` (`run`) runs those enqueued to it; a pair's runner, `jobs.runner(worker)`
   * (`runCarried`), runs those that the pair sent through it. For queues with both, as during a move to a pair, combine
   * them: `{ ...worker, ...jobs.runner(pairWorker) }`.
   */
  readonly worker: (JobRunner | CarriedRunner) & { readonly queues?: Readonly<Record<string, number>> | undefined };
  /**
   * The queues to consume, and how many messages of each may be in hand at a time (the server's prefetch). Default: the
   * worker's `queues`, with a message for each slot. Required if the worker was made without: jobs of a queue that nobody
   * named would wait without a word.
   */
  readonly queues?: Readonly<Record<string, number>> | undefined;
  /**
   * Receives each message that is not ours. It is acknowledged when the handler returns, and comes again after 30 s if
   * the handler throws. Without a handler, it comes again every five minutes.
   */
  readonly foreign?: ((message: ForeignMessage) => unknown) | undefined;
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "timer"> | undefined;
};

const aBroker = withMethods("receive", "subscribe");
const CHECKS: Checks<ConsumeOptions> = {
  broker: aBroker,
  worker: aMessageRunner,
  // The server's counter has 16 bits.
  queues: byQueue(integer(1, 65_535)),
  foreign: aFunction,
  log: aLogger,
  platform: withMethods("timer"),
};

const named: (value: unknown, what: string) => asserts value is object = mustBe(
  "an object of queues, such as { default: 10 }, here or in the options of the worker",
  (value) => value !== undefined,
);

/**
 * Runs a broker's jobs until `stop`: subscribes to queues, again after each loss of the connection, and hands what
 * arrives to the worker. Acknowledges each message on its own, whatever happens to the others. Returns at once; a server
 * that cannot be reached is logged and tried again. Fails with `invalid_option` or `invalid_name`.
 *
 * ```ts
 * const consumer = consume({ broker, worker: createWorker(broker, { handlers }) });
 * ```
 */
export function consume(options: ConsumeOptions): Consumer {
  checkOptions("consume", options ?? {}, CHECKS);
  aBroker(options?.broker, "broker of consume");
  aMessageRunner(options.worker, "worker of consume");
  const { broker, worker, foreign, log = console, platform = systemPlatform } = options;
  const { queues = worker.queues } = options;
  named(queues, "queues of consume");
  const all = Object.entries(queues).map(([queue, prefetch]) => ({
    from: { queue },
    prefetch,
    run: (messages: Parameters<RabbitMQ["receive"]>[0]) =>
      runMessages(messages, {
        receive: broker.receive,
        worker,
        message: (one) => ({ ack: () => one.ack(), retry: (delayMs) => broker.retry(one, delayMs) }),
        foreign: foreign && (({ body, deliveries }) => foreign({ body, deliveries, queue })),
        log,
        fields: { queue },
        platform,
        forMs: traits.maxRunMs,
      }),
  }));
  return startConsumer(broker, all, { log, platform });
}
