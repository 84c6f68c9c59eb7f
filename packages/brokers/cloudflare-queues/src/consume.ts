import { type LogFields, type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type CarriedRunner,
  type Checks,
  type ClaimedJob,
  type JobRunner,
  aFunction,
  aLogger,
  mustBe,
  checkOptions,
  withMethods,
  logTo,
} from "@longshore/core/adapter";
import type { QueueBatch } from "./binding.ts";
import type { CloudflareQueues } from "./broker.ts";
import { type ForeignHandler, handleForeign } from "./foreign.ts";

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
  readonly foreign?: ForeignHandler | undefined;
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "timer"> | undefined;
};

const aRunner = mustBe("a worker, or the runner of a pair", (value) => {
  const { run, runCarried } = Object(value);
  return typeof run === "function" || typeof runCarried === "function";
});
const CHECKS: Checks<ConsumeOptions> = {
  broker: withMethods("receive"),
  worker: aRunner,
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
  aRunner(options.worker, "worker of consume");
  const { broker, foreign, log = console, platform = systemPlatform } = options;
  const worker: Partial<JobRunner & CarriedRunner> = options.worker;
  // A logger that throws must not cause a redelivery.
  const say = (level: "warn" | "error", message: string, fields: LogFields): void =>
    logTo(log, level, message, { ...fields, queue: batch.queue });
  const runAll = async (kind: "own" | "carried", jobs: readonly ClaimedJob[]): Promise<void> => {
    if (jobs.length === 0) return;
    try {
      const verb = kind === "own" ? "run" : "runCarried";
      if (worker[verb] === undefined) throw new Error(`the worker of consume has no ${verb}, which ${kind} jobs need`);
      await worker[verb](jobs);
    } catch (error) {
      say("error", "jobs of a batch were not run", { error, kind, jobs: jobs.length });
    }
  };

  const delivery = await broker.receive(batch);
  const foreignMessages = handleForeign(delivery.foreign, foreign, (error) => {
    say("error", "the handler of foreign messages failed", { error });
  });
  let stopTimer: (() => void) | undefined;
  const timeIsUp = new Promise<void>((resolve) => {
    stopTimer = platform.timer(BATCH_MS, resolve);
  });
  const done = [runAll("own", delivery.jobs), runAll("carried", delivery.carried), foreignMessages.handled];
  await Promise.race([Promise.all(done), timeIsUp]);
  stopTimer?.();
  delivery.close();
  const retried = foreignMessages.close();
  if (retried > 0) say("warn", "foreign messages are retried", { messages: retried });
}
