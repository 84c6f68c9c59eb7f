import { LongshoreError } from "@longshore/core";
import {
  type Adapter,
  type Carry,
  type Checks,
  type ClaimedJob,
  type NewJob,
  aFunction,
  mustBe,
  checkOptions,
  dueInstant,
} from "@longshore/core/adapter";
import type { OutgoingMessage, QueueBatch, QueueBinding } from "./binding.ts";
import { type Delivery, createDeliveries } from "./delivery.ts";
import { type CarriedEnvelope, dataOf } from "./envelope.ts";
import { fits, messageOf, sendAll } from "./send.ts";
import { type CloudflareQueuesTraits, traits } from "./traits.ts";

export type CloudflareQueuesOptions = {
  /** The producer binding of the queue. */
  readonly queue: QueueBinding;
  /** The producer binding of another queue. It receives jobs whose attempts are used up, with their last error. */
  readonly deadLetters: QueueBinding;
  /** Returns milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
};

const aBinding = mustBe(
  "a producer binding, of queues.producers in the wrangler configuration",
  (value) => typeof Object(value).sendBatch === "function",
);
const CHECKS: Checks<CloudflareQueuesOptions> = { queue: aBinding, deadLetters: aBinding, clock: aFunction };

export type CloudflareQueues = Adapter<CloudflareQueuesTraits> &
  Carry & {
    /** Sorts a delivered batch and sends on jobs that are not due yet; for your own hosts. Never rejects. */
    receive(batch: QueueBatch): Promise<Delivery>;
  };

/**
 * Cloudflare Queues as a broker. It moves jobs and keeps no state, so ids, priorities, schedules, listing and replay
 * are compile errors; `paired` adds them. Cheap enough to make per request. Fails with `invalid_option` if a binding is
 * missing or an option is unknown.
 *
 * ```ts
 * const jobs = cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD });
 * await createQueue(jobs).enqueue(welcome, { userId: 42 });
 * ```
 */
export function cloudflareQueues(options: CloudflareQueuesOptions): CloudflareQueues {
  checkOptions("cloudflareQueues", options ?? {}, CHECKS);
  checkBindings(options ?? {});
  const { queue, deadLetters, clock = () => Date.now() } = options;

  const messageForJob = (job: NewJob): OutgoingMessage => {
    const sentAt = clock();
    const dueAt = dueInstant(job.due, sentAt, traits.delayStepMs);
    const made = messageOf({ ...dataOf(job), kind: "job", sentAt, dueAt, attempts: 0 }, dueAt - sentAt);
    if (fits(made)) return made;
    throw new LongshoreError(
      "payload_too_large",
      `The job ${job.id} is over the 128 000 bytes of a message. Store its data elsewhere and pass its key.`,
    );
  };
  const deliveries = createDeliveries({
    queue,
    deadLetters,
    now: clock,
    async enqueue(jobs) {
      const reason = (await sendAll(queue, jobs.map(messageForJob))).find((one) => one !== undefined);
      if (reason !== undefined) throw new LongshoreError("enqueue_failed", reason);
    },
  });

  return {
    name: "cloudflare-queues",
    traits,
    receive: deliveries.receive,
    async enqueue(jobs) {
      const reasons = await sendAll(queue, jobs.map(messageForJob));
      return reasons.map((message) => (message === undefined ? { status: "sent" } : { status: "failed", message }));
    },
    async settle(settlements) {
      const results = await Promise.allSettled(settlements.map(deliveries.settle));
      // Each by itself, and only then the bad news: repeated, the call answers `repeated` for those that went well.
      return results.map((result) => {
        if (result.status === "rejected") throw result.reason;
        return result.value;
      });
    },
    async carry(jobs) {
      const carriedAt = clock();
      const messages = jobs.map((job) => messageOf(carried(job, carriedAt)));
      const reasons = await sendAll(queue, messages.filter(fits));
      let fitting = 0;
      return messages.map((one) => (fits(one) && reasons[fitting++] === undefined ? "sent" : "failed"));
    },
  };
}

/** TypeScript checks this too, but no compiler notices a binding that is missing in the wrangler configuration. */
function checkBindings({ queue, deadLetters }: Partial<CloudflareQueuesOptions>): void {
  const refuse = (why: string): never => {
    throw new LongshoreError("invalid_option", `${why} Is it in queues.producers of the wrangler configuration?`);
  };
  if (typeof queue?.sendBatch !== "function") refuse("cloudflareQueues needs the producer binding of a queue.");
  if (typeof deadLetters?.sendBatch !== "function") {
    refuse(
      "cloudflareQueues needs the producer binding of a dead-letter queue: without one, what is exhausted is deleted.",
    );
  }
  if (queue === deadLetters) refuse("The dead letters need another queue: in this one they would be delivered again.");
}

function carried(job: ClaimedJob, carriedAt: number): CarriedEnvelope {
  const { token, attempt, stalled, ageMs, waitedMs, snoozed } = job;
  return { ...dataOf(job), kind: "carried", carriedAt, token, attempt, stalled, ageMs, waitedMs, snoozed };
}
