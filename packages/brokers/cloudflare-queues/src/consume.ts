import { type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type CarriedRunner,
  type Checks,
  type JobRunner,
  aFunction,
  aLogger,
  checkOptions,
  withMethods,
} from "@longshore/core/adapter";
import { type ForeignHandler, aMessageRunner, runMessages } from "@longshore/core/broker";
import type { QueueBatch, QueueMessage } from "./binding.ts";
import { type CloudflareQueues, message } from "./broker.ts";

export type ConsumeOptions = {
  /** The same adapter that `worker` was made with: it holds the messages until their jobs are settled. */
  readonly broker: CloudflareQueues;
  /**
   * Runs the jobs. A worker over `broker` (`run`) runs those enqueued to the queue; a pair's runner,
   * `jobs.runner(worker)` (`runCarried`), runs those that the pair sent through it. For a queue with both, as during a
   * move to a pair, combine them: `{ ...worker, ...jobs.runner(pairWorker) }`. A job that it cannot run is logged and
   * comes again: one of the queue with the next delivery, a carried one when its lease ends.
   */
  readonly worker: JobRunner | CarriedRunner;
  /**
   * Receives each message that is not ours, such as one sent before you used this library. The message is acknowledged
   * when the handler returns and retried when it throws, unless the handler called `ack` or `retry` itself. Without a
   * handler, messages are retried every five minutes until the platform's `max_retries` moves them to its dead-letter
   * queue.
   */
  readonly foreign?: ((message: QueueMessage) => unknown) | undefined;
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "timer"> | undefined;
};

const CHECKS: Checks<ConsumeOptions> = {
  broker: withMethods("receive"),
  worker: aMessageRunner,
  foreign: aFunction,
  log: aLogger,
  platform: withMethods("timer"),
};

/** The platform ends a consumer after 15 minutes and forgets its acknowledgements, so this returns earlier. */
const BATCH_MS = 870_000;

/**
 * A complete `queue(batch)` handler. Acknowledges or retries each message on its own, whatever happens to the others.
 * Messages that are not settled after 14.5 minutes are handed back. Never rejects, except with `invalid_option` before
 * it looks at the batch.
 *
 * ```ts
 * async queue(batch, env) {
 *   const broker = cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD });
 *   await consume(batch, { broker, worker: createWorker(broker, { handlers }) });
 * }
 * ```
 */
export async function consume(batch: QueueBatch, options: ConsumeOptions): Promise<void> {
  checkOptions("consume", options ?? {}, CHECKS);
  withMethods("receive")(options?.broker, "broker of consume");
  aMessageRunner(options.worker, "worker of consume");
  const { broker, worker, foreign, log = console, platform = systemPlatform } = options;
  await runMessages(batch.messages, {
    receive: (messages) => broker.receive({ queue: batch.queue, messages }),
    worker,
    message,
    foreign: foreign && handledBy(foreign),
    log,
    fields: { queue: batch.queue },
    platform,
    forMs: BATCH_MS,
  });
}

/** The platform warns about a second decision on a message, so the handler gets one whose first decision counts. */
function handledBy(foreign: (message: QueueMessage) => unknown): ForeignHandler<QueueMessage> {
  return (own, decide) => {
    const { id, timestamp, body, attempts } = own;
    const ack = (): void => decide(() => own.ack());
    const retry: QueueMessage["retry"] = (options) => decide(() => own.retry(options));
    return foreign({ id, timestamp, body, attempts, ack, retry });
  };
}
