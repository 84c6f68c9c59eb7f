import { type LogFields, type Logger, type Platform, systemPlatform } from "@longshore/core";
import { type Checks, type ClaimedJob, aFunction, aLogger, checkOptions, having, logTo } from "@longshore/core/adapter";
import type { QueueBatch } from "./binding.ts";
import type { CloudflareQueues } from "./broker.ts";
import { type ForeignHandler, handleForeign } from "./foreign.ts";

/** Whoever runs jobs: a worker, or the `runner` of a pair. */
export type JobRunner = { run(jobs: readonly ClaimedJob[]): Promise<unknown> };

export type ConsumeOptions = {
  /** The very adapter that `worker` was made with: it holds the messages until their jobs are settled. */
  readonly broker: CloudflareQueues;
  /** Runs the queue's own jobs. */
  readonly worker?: JobRunner | undefined;
  /** Runs what `paired` sent through the queue: `jobs.runner(worker)`. */
  readonly carried?: JobRunner | undefined;
  /**
   * Gets each message that is not ours, such as those sent before you came here. Once it returns the message is
   * acknowledged, once it throws retried, unless it called `ack` or `retry` itself. Without it they are retried every
   * five minutes, until the platform's `max_retries` moves them to its dead-letter queue.
   */
  readonly foreign?: ForeignHandler | undefined;
  readonly log?: Logger | undefined;
  /** For tests that own time. */
  readonly platform?: Pick<Platform, "timer"> | undefined;
} & ({ readonly worker: JobRunner } | { readonly carried: JobRunner });

const CHECKS: Checks<ConsumeOptions> = {
  broker: having("receive"),
  worker: having("run"),
  carried: having("run"),
  foreign: aFunction,
  log: aLogger,
  platform: having("timer"),
};

/** The platform ends a consumer after 15 minutes, and forgets what it acknowledged: be back before that. */
const BATCH_MS = 870_000;

/**
 * The host: all of a `queue(batch)` handler. Every message is settled by itself and ends acknowledged or retried,
 * whatever becomes of its neighbours; what is not settled after 14.5 minutes is handed back. Never rejects, but
 * with `invalid_option` before it looks at the batch.
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
  having("receive")(options?.broker, "broker of consume");
  having("run")(options.worker ?? options.carried, "worker of consume, or carried,");
  const { broker, worker, carried, foreign, log = console, platform = systemPlatform } = options;
  // A logger that throws must not bring a batch back.
  const say = (level: "warn" | "error", message: string, fields: LogFields): void =>
    logTo(log, level, message, { ...fields, queue: batch.queue });
  const runAll = async (kind: string, jobs: readonly ClaimedJob[], runner: JobRunner | undefined): Promise<void> => {
    if (jobs.length === 0) return;
    try {
      if (runner === undefined) throw new Error(`consume was given nobody to run ${kind} jobs`);
      await runner.run(jobs);
    } catch (error) {
      say("error", "jobs of a batch were not run", { error, kind, jobs: jobs.length });
    }
  };

  const delivery = await broker.receive(batch);
  const foreigners = handleForeign(delivery.foreign, foreign, (error) => {
    say("error", "the handler of foreign messages failed", { error });
  });
  let stopTimer: (() => void) | undefined;
  const timeIsUp = new Promise<void>((resolve) => {
    stopTimer = platform.timer(BATCH_MS, resolve);
  });
  const done = [runAll("own", delivery.jobs, worker), runAll("carried", delivery.carried, carried), foreigners.handled];
  await Promise.race([Promise.all(done), timeIsUp]);
  stopTimer?.();
  delivery.close();
  const retried = foreigners.close();
  if (retried > 0) say("warn", "foreign messages are retried", { messages: retried });
}
