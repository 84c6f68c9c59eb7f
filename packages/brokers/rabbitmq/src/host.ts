import type { Duration, Logger, Platform } from "@longshore/core";
import { checkOptions, duration, logTo, toMs } from "@longshore/core/adapter";
import type { LastingSubscription } from "./link.ts";
import type { Place, RabbitMQ, ReceivedMessage } from "./rabbitmq.ts";

/** What takes messages until it is stopped. */
export type Consumer = {
  /**
   * Takes no more messages, waits for those in hand for the grace period (default 10 s), and gives the others back: the
   * server delivers them at once to another consumer, as a further attempt. Close the adapter afterwards. Never rejects,
   * except with `invalid_duration` or `invalid_option`.
   */
  stop(options?: { readonly grace?: Duration | undefined }): Promise<void>;
};

type Queue = {
  readonly from: Place;
  readonly prefetch: number;
  /** Acknowledges what it can. Never rejects. */
  run(messages: readonly ReceivedMessage[]): Promise<void>;
};

/** A message that was not acknowledged is requeued after this: at once, it would go round without end. */
const REQUEUE_MS = 30_000;

/** Subscribes to queues, and runs what the server sent in one piece in one piece. */
export function startConsumer(
  broker: RabbitMQ,
  queues: readonly Queue[],
  { log, platform }: { readonly log: Logger; readonly platform: Pick<Platform, "timer"> },
): Consumer {
  const working = new Set<Promise<void>>();

  const runAll = async ({ from, run }: Queue, messages: readonly ReceivedMessage[]): Promise<void> => {
    await run(messages);
    const left = messages.filter(({ acknowledged }) => !acknowledged);
    if (left.length === 0) return;
    const fields = { queue: nameOf(from), messages: left.length };
    logTo(log, "warn", "messages were not settled, and are requeued in 30 s", fields);
    platform.timer(REQUEUE_MS, () => left.forEach((one) => void one.drop()));
  };
  const subscribe = (queue: Queue): LastingSubscription => {
    const { from, prefetch } = queue;
    let batch: ReceivedMessage[] = [];
    const run = (): void => {
      const work = runAll(queue, batch).finally(() => working.delete(work));
      batch = [];
      working.add(work);
    };
    return broker.subscribe(from, {
      prefetch,
      deliver(message) {
        if (batch.push(message) === 1) queueMicrotask(run);
      },
      lost(error, againMs) {
        const fields = { queue: nameOf(from), error, again_in_ms: againMs };
        logTo(log, "warn", "the subscription to RabbitMQ ended, and will be renewed", fields);
      },
    });
  };
  const subscriptions = queues.map(subscribe);

  return {
    async stop(options = {}) {
      checkOptions("stop", options, { grace: duration() });
      const { grace = "10s" } = options;
      const graceMs = toMs(grace);
      await Promise.all(subscriptions.map((one) => one.cancel()));
      let stopTimer = (): void => {};
      const over = new Promise<void>((resolve) => (stopTimer = platform.timer(graceMs, resolve)));
      await Promise.race([Promise.all(working), over]);
      stopTimer();
      await Promise.all(subscriptions.map((one) => one.close()));
    },
  };
}

function nameOf(from: Place): string {
  return from === "dead" ? "the dead letters" : from.queue;
}
