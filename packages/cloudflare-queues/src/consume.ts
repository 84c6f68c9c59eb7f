import { type Logger, type Platform, consoleLogger, systemPlatform } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import type { QueueBatch, QueueMessage } from "./binding.ts";
import type { CloudflareQueues } from "./broker.ts";
import { RETRY_SECONDS, UNKNOWN_RETRY_SECONDS } from "./delivery.ts";

/** Whoever runs jobs: a worker, or the `runner` of a pair. */
export type JobRunner = { run(jobs: readonly ClaimedJob[]): Promise<unknown> };

export type ConsumeOptions = {
  readonly broker: CloudflareQueues;
  /** Runs the queue's own jobs. */
  readonly worker?: JobRunner;
  /** Runs what `paired` sent through the queue: `jobs.runner(worker)`. */
  readonly carried?: JobRunner;
  /**
   * Gets each message that is not ours, such as those sent before you came here. Once it returns the message is
   * acknowledged, once it throws retried, unless it called `ack` or `retry` itself. Without it they are retried every
   * five minutes, until the platform's `max_retries` moves them to its dead-letter queue.
   */
  readonly foreign?: (message: QueueMessage) => unknown;
  readonly log?: Logger;
  /** For tests that own time. */
  readonly platform?: Pick<Platform, "timer">;
} & ({ readonly worker: JobRunner } | { readonly carried: JobRunner });

/** The platform ends a consumer after 15 minutes, and forgets what it acknowledged: be back before that. */
const BATCH_MS = 870_000;

/**
 * The host: all of a `queue(batch)` handler. Every message is settled by itself and ends acknowledged or retried,
 * whatever becomes of its neighbours; what is not settled after 14.5 minutes is handed back. Never rejects.
 *
 * ```ts
 * async queue(batch, env) {
 *   const broker = cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD });
 *   await consume(batch, { broker, worker: createWorker(broker, { handlers }) });
 * }
 * ```
 */
export async function consume(batch: QueueBatch, options: ConsumeOptions): Promise<void> {
  const { broker, worker, carried, foreign, log = consoleLogger, platform = systemPlatform } = options;
  const delivery = await broker.receive(batch);

  const runAll = async (kind: string, jobs: readonly ClaimedJob[], runner: JobRunner | undefined): Promise<void> => {
    if (jobs.length === 0) return;
    try {
      if (runner === undefined) throw new Error(`consume was given nobody to run ${kind} jobs`);
      await runner.run(jobs);
    } catch (error) {
      log.error("jobs of a batch were not run", { error, kind, jobs: jobs.length, queue: batch.queue });
    }
  };
  const openMessages = new Map(delivery.foreign.map((message) => [message, UNKNOWN_RETRY_SECONDS]));
  const decide = (message: QueueMessage, how: (message: QueueMessage) => void): void => {
    if (openMessages.delete(message)) how(message);
  };
  const handle = async (message: QueueMessage): Promise<void> => {
    if (foreign === undefined) return;
    try {
      const { id, timestamp, body, attempts } = message;
      await foreign({
        id,
        timestamp,
        body,
        attempts,
        ack: () => decide(message, (own) => own.ack()),
        retry: (how) => decide(message, (own) => own.retry(how)),
      });
      decide(message, (own) => own.ack());
    } catch (error) {
      log.error("the handler of foreign messages failed", { error, queue: batch.queue });
      if (openMessages.has(message)) openMessages.set(message, RETRY_SECONDS);
    }
  };

  const done = Promise.all([
    runAll("own", delivery.jobs, worker),
    runAll("carried", delivery.carried, carried),
    ...delivery.foreign.map(handle),
  ]);
  let endWait: (() => void) | undefined;
  await Promise.race([
    done,
    new Promise<void>((resolve) => {
      endWait = platform.timer(BATCH_MS, resolve);
    }),
  ]);
  endWait?.();

  delivery.close();
  if (openMessages.size > 0)
    log.warn("foreign messages are retried", { messages: openMessages.size, queue: batch.queue });
  for (const [message, delaySeconds] of openMessages) message.retry({ delaySeconds });
}
