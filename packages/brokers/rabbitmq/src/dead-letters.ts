import { type Logger, type Platform, systemPlatform } from "@longshore/core";
import { type Checks, aFunction, aLogger, checkOptions, integer, logTo, withMethods } from "@longshore/core/adapter";
import { type DeadLetter, readDeadLetter } from "@longshore/core/broker";
import { type Consumer, startConsumer } from "./host.ts";
import type { RabbitMQ, ReceivedMessage } from "./rabbitmq.ts";

export type ConsumeDeadLettersOptions = {
  readonly broker: RabbitMQ;
  /**
   * Reports the letter, stores it, or enqueues `JSON.parse(letter.payload)` again. The message is acknowledged when the
   * handler returns, and comes again after 30 s if it throws. `letter` is undefined for a message that is not ours.
   */
  readonly handler: (letter: DeadLetter | undefined, body: string) => unknown;
  /** How many may be in hand at a time. Default: 10. */
  readonly prefetch?: number | undefined;
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "timer"> | undefined;
};

const aBroker = withMethods("receive", "subscribe");
const CHECKS: Checks<ConsumeDeadLettersOptions> = {
  broker: aBroker,
  handler: aFunction,
  prefetch: integer(1, 65_535),
  log: aLogger,
  platform: withMethods("timer"),
};

/**
 * Hands the dead letters of all queues to `handler` until `stop`. Fails with `invalid_option`.
 *
 * ```ts
 * consumeDeadLetters({ broker, handler: (letter) => report(letter) });
 * ```
 */
export function consumeDeadLetters(options: ConsumeDeadLettersOptions): Consumer {
  checkOptions("consumeDeadLetters", options ?? {}, CHECKS);
  aBroker(options?.broker, "broker of consumeDeadLetters");
  aFunction(options.handler, "handler of consumeDeadLetters");
  const { broker, handler, prefetch = 10, log = console, platform = systemPlatform } = options;
  const handle = async (message: ReceivedMessage): Promise<void> => {
    try {
      await handler(readDeadLetter(message), message.body);
      await message.ack();
    } catch (error) {
      logTo(log, "error", "the handler of dead letters failed", { error });
    }
  };
  const run = async (messages: readonly ReceivedMessage[]): Promise<void> => {
    await Promise.all(messages.map(handle));
  };
  return startConsumer(broker, [{ from: "dead", prefetch, run }], { log, platform });
}
