import { type Duration, type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type CarriedRunner,
  type Checks,
  type JobRunner,
  aFunction,
  aLogger,
  checkOptions,
  duration,
  integer,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import { aMessageRunner } from "@longshore/core/broker";
import type { Sqs } from "./broker.ts";
import { type ForeignMessage, handledBy } from "./foreign.ts";
import { WAIT_MS } from "./limits.ts";
import { pollQueue } from "./poll-queue.ts";

export type PollOptions = {
  /** The same adapter that `worker` was made with: it holds the messages until their jobs are settled. */
  readonly broker: Sqs;
  /**
   * Runs the jobs: a worker over `broker` (`run`), or a pair's runner, `jobs.runner(worker)` (`runCarried`). For queues
   * with both, combine them: `{ ...worker, ...jobs.runner(pairWorker) }`.
   */
  readonly worker: JobRunner | CarriedRunner;
  /** How many messages of each queue of SQS are in hand at a time, 1 to 1 000. Default: 10. */
  readonly slots?: number | undefined;
  /**
   * How long a message stays hidden after its process has died. It is extended by itself while its job runs, after a
   * third of this. `"10s"` to `"12h"`; default: `"30s"`.
   */
  readonly visibility?: Duration | undefined;
  /** How long one call waits for messages, and `stop` for the last call. At most `"20s"`, the default. */
  readonly wait?: Duration | undefined;
  /**
   * Receives each message that is not ours. It is deleted when the handler returns and retried in 30 s when it throws,
   * unless the handler called `ack` or `retry` itself. Without a handler, messages are retried every five minutes until
   * the queue's redrive policy moves them to its dead-letter queue.
   */
  readonly foreign?: ((message: ForeignMessage) => unknown) | undefined;
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "timer" | "turn"> | undefined;
};

export type Poll = {
  /**
   * Receives no more, waits for the jobs in hand for the grace period (default 10 s), and then hands back the rest,
   * which come again in 30 s and count as an attempt. Resolves when nothing is in hand and the last call has returned,
   * after `wait` at the latest: what SQS gives to a call that was given up would stay hidden for `visibility`, and count.
   */
  stop(options?: { readonly grace?: Duration | undefined }): Promise<void>;
};

const CHECKS: Checks<PollOptions> = {
  broker: withMethods("receive", "settle", "now"),
  worker: aMessageRunner,
  slots: integer(1, 1_000),
  visibility: duration(10_000),
  wait: duration(),
  foreign: aFunction,
  log: aLogger,
  platform: withMethods("timer", "turn"),
};

/**
 * The host of a process that runs all the time, such as a container: polls the adapter's queues and runs what comes, until
 * `stop`. A queue that does not answer is asked again after 1 to 30 s. Fails with `invalid_option` or `invalid_duration`.
 *
 * ```ts
 * const host = poll({ broker: jobs, worker: createWorker(jobs, { handlers }) });
 * process.on("SIGTERM", () => host.stop());
 * ```
 */
export function poll(options: PollOptions): Poll {
  checkOptions("poll", options ?? {}, CHECKS);
  CHECKS.broker(options?.broker, "broker of poll");
  CHECKS.worker(options.worker, "worker of poll");
  const { broker, worker, slots = 10, visibility = "30s", wait = WAIT_MS, foreign, log = console } = options;
  const { platform = systemPlatform } = options;
  const visibilityMs = toMs(visibility, "visibility of poll");
  integer(10_000, 12 * 3_600_000)(visibilityMs, "visibility of poll in ms");
  const waitMs = toMs(wait, "wait of poll");
  integer(0, WAIT_MS)(waitMs, "wait of poll in ms");
  const polled = broker.queues.map((queue) =>
    pollQueue(queue, {
      broker,
      worker,
      slots,
      visibilityMs,
      waitMs,
      foreign: foreign && handledBy(foreign),
      log,
      platform,
    }),
  );
  return {
    async stop(given = {}) {
      checkOptions("stop", given, { grace: duration() });
      const graceMs = toMs(given.grace ?? "10s", "grace");
      await Promise.all(polled.map((one) => one.stop(graceMs)));
    },
  };
}
