import type { CarriedRunner, ClaimedJob, JobRunner } from "../contract/contract.ts";
import { type LogFields, type Logger, logTo } from "../runtime/logger.ts";
import type { Platform } from "../runtime/platform.ts";
import { type Check, mustBe } from "../values/options.ts";
import { type Delivery, RETRY_MS } from "./delivery.ts";
import { type ForeignHandler, handleForeign } from "./foreign.ts";
import type { Message } from "./message.ts";

/** What a host needs to run delivered messages. */
export type RunMessagesOptions<M> = {
  /** Of the adapter that `worker` was made with. */
  receive(messages: readonly M[]): Promise<Delivery<M>>;
  /**
   * Runs the jobs. A worker over the broker (`run`) runs those enqueued to it; a pair's runner (`runCarried`) runs those
   * that the pair sent through it. A job that it cannot run is logged and comes again: one of the queue with the next
   * delivery, a carried one when its lease ends.
   */
  readonly worker: JobRunner | CarriedRunner;
  message(one: M): Pick<Message, "ack" | "retry">;
  readonly foreign?: ForeignHandler<M> | undefined;
  readonly log: Logger;
  /** Told with every entry, such as the queue. */
  readonly fields: LogFields;
  readonly platform: Pick<Platform, "timer">;
  /** What is not settled after this time is handed back. */
  readonly forMs: number;
};

/** Checks the option `worker` of a host. */
export const aMessageRunner: Check = /* @__PURE__ */ mustBe("a worker, or the runner of a pair", (value) => {
  const { run, runCarried } = Object(value);
  return typeof run === "function" || typeof runCarried === "function";
});

/**
 * Runs the jobs of delivered messages. Acknowledges or retries each message on its own, whatever happens to the others.
 * Never rejects.
 */
export async function runMessages<M>(messages: readonly M[], options: RunMessagesOptions<M>): Promise<void> {
  let passed = false;
  let stopTimer: (() => void) | undefined;
  const comes = new Promise<void>((resolve) => {
    stopTimer = options.platform.timer(options.forMs, () => {
      passed = true;
      resolve();
    });
  });
  await runUntil(messages, options, { comes, passed: () => passed });
  stopTimer?.();
}

type Deadline = { readonly comes: Promise<void>; passed(): boolean };

async function runUntil<M>(messages: readonly M[], options: RunMessagesOptions<M>, deadline: Deadline): Promise<void> {
  const { log, fields, platform } = options;
  const delivery = await options.receive(messages);
  const worker: Partial<JobRunner & CarriedRunner> = options.worker;
  // A logger that throws must not cause a redelivery.
  const say = (level: "warn" | "error", message: string, more: LogFields): void =>
    logTo(log, level, message, { ...more, ...fields });
  const runAll = async (kind: "own" | "carried", jobs: readonly ClaimedJob[]): Promise<void> => {
    if (jobs.length === 0) return;
    try {
      const verb = kind === "own" ? "run" : "runCarried";
      if (worker[verb] === undefined) throw new Error(`the worker has no ${verb}, which ${kind} jobs need`);
      await worker[verb](jobs);
    } catch (error) {
      say("error", "jobs of a batch were not run", { error, kind, jobs: jobs.length });
    }
  };
  const runSoon = async (): Promise<void> => {
    const { soon } = delivery;
    if (soon === undefined) return;
    await new Promise<void>((resolve) => platform.timer(soon.inMs, resolve));
    if (!deadline.passed()) return runUntil(soon.messages, options, deadline);
    await Promise.allSettled(soon.messages.map(async (one) => options.message(one).retry(RETRY_MS)));
  };

  const later = runSoon();
  const foreignMessages = handleForeign(delivery.foreign, options.message, options.foreign, (error) => {
    say("error", "the handler of foreign messages failed", { error });
  });
  const own = [runAll("own", delivery.jobs), runAll("carried", delivery.carried)];
  await Promise.race([Promise.all([...own, foreignMessages.handled]), deadline.comes]);
  const [retried] = await Promise.all([foreignMessages.close(), delivery.close()]);
  if (retried > 0) say("warn", "foreign messages are retried", { messages: retried });
  await later;
}
