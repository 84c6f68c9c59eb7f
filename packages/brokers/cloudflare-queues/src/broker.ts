import { LongshoreError } from "@longshore/core";
import { type Adapter, type Carry, type Checks, aFunction, mustBe, checkOptions } from "@longshore/core/adapter";
import {
  type Delivery as BrokerDelivery,
  type Message,
  type Parcel,
  bytesOf,
  createBroker,
  inBatches,
} from "@longshore/core/broker";
import type { OutgoingMessage, QueueBatch, QueueBinding, QueueMessage } from "./binding.ts";
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

/** A sorted batch. `consume` handles it completely; if you do that yourself, call `close` at the end. */
export type Delivery = BrokerDelivery<QueueMessage>;

export type CloudflareQueues = Adapter<CloudflareQueuesTraits> &
  Carry & {
    /**
     * Sorts a delivered batch and sends on jobs that are not due yet; for your own hosts, which decide about the messages
     * in `foreign` and `soon`. Never rejects.
     */
    receive(batch: QueueBatch): Promise<Delivery>;
  };

// https://developers.cloudflare.com/queues/platform/limits/: a KB is 1 000 bytes, and metadata counts.
const METADATA_BYTES = 100;
const MESSAGE_BYTES = 128_000 - METADATA_BYTES;
const BATCH = { count: 100, bytes: 256_000 };
const MAX_DELAY_SECONDS = 86_400;

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
  const broker = createBroker({
    name: "cloudflare-queues",
    traits,
    messageBytes: MESSAGE_BYTES,
    hopMs: MAX_DELAY_SECONDS * 1_000,
    now: clock,
    message,
    post(to, parcels) {
      const binding = to === "dead" ? deadLetters : queue;
      const size = ({ body }: OutgoingMessage): number => bytesOf(body) + METADATA_BYTES;
      return inBatches(parcels.map(outgoing), BATCH, size, async (batch) => void (await binding.sendBatch(batch)));
    },
  });
  return { ...broker, receive: ({ messages }) => broker.receive(messages) };
}

function outgoing({ body, delayMs }: Parcel): OutgoingMessage {
  return { body, contentType: "text", delaySeconds: seconds(delayMs) };
}

/** A delivered message as the kit sees it. Its body is read there: one that cannot be read is not ours. */
export function message(one: QueueMessage): Message {
  return {
    id: one.id,
    get body() {
      return one.body;
    },
    attempts: one.attempts,
    retryMs: MAX_DELAY_SECONDS * 1_000,
    ack: () => one.ack(),
    retry: (delayMs) => one.retry({ delaySeconds: seconds(delayMs) }),
  };
}

/** Rounds up to whole seconds, so that nothing comes early. */
function seconds(ms: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(ms / 1_000)));
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
