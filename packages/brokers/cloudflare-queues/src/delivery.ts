import type { ClaimedJob, SettleAnswer, Settlement } from "@longshore/core/adapter";
import type { QueueBatch, QueueMessage } from "./binding.ts";
import { type CarriedEnvelope, type JobEnvelope, type Decoded, dataOf, decode, encode } from "./envelope.ts";
import { type BrokerContext, type HeldMessage, hold } from "./held-message.ts";
import { outgoing, sendAll } from "./send.ts";

/** A batch, sorted. `consume` does with it what is to be done; call `close` if you do it yourself. */
export type Delivery = {
  /** The queue's own jobs that are due. Settling one acknowledges or retries its message. */
  readonly jobs: readonly ClaimedJob[];
  /** What `paired` sent: their leases and settlements are the store's. Their messages are acknowledged already. */
  readonly carried: readonly ClaimedJob[];
  /** What is not ours, dead letters included. Nothing was done with it. */
  readonly foreign: readonly QueueMessage[];
  /** Hands back what was not settled: the platform delivers it again in 30 s. Later settlements are `stale`. */
  close(): void;
};

/** The messages that were delivered to this adapter and are not settled. */
export type Deliveries = {
  receive(batch: QueueBatch): Promise<Delivery>;
  settle(settlement: Settlement): Promise<SettleAnswer>;
};

export const RETRY_SECONDS = 30;
/** A hundred of these are eight hours: time to finish a deploy before the platform's dead-letter queue gets it. */
export const UNKNOWN_RETRY_SECONDS = 300;

export function createDeliveries(context: BrokerContext): Deliveries {
  const held = new Map<number, HeldMessage & { readonly id: string }>();
  let lastToken = 0;

  const take = (message: QueueMessage, original: JobEnvelope, now: number): ClaimedJob => {
    // A message that comes again was retried since.
    const envelope = message.attempts > 1 ? { ...original, snoozed: undefined } : original;
    const { snoozed } = envelope;
    // Grows with time from isolate to isolate too, as far as a broker can promise that.
    const token = Math.max(lastToken + 1, now);
    lastToken = token;
    const attempt = envelope.attempts + message.attempts;
    held.set(token, { id: envelope.id, ...hold(message, envelope, attempt, context) });
    return {
      ...dataOf(envelope),
      token,
      attempt,
      // Whether the delivery before failed or vanished, and when it came due again, the platform does not tell.
      stalled: false,
      ageMs: Math.max(0, now - envelope.sentAt),
      waitedMs: message.attempts > 1 ? 0 : Math.max(0, now - envelope.dueAt),
      ...(snoozed && { snoozed: { reason: snoozed.reason, forMs: Math.max(0, now - snoozed.since) } }),
    };
  };

  /** What comes before it is due gets a new message: a retry would count as an attempt. */
  const sendOn = async (early: readonly (readonly [QueueMessage, JobEnvelope])[], now: number): Promise<void> => {
    const reasons = await sendAll(
      context.queue,
      early.map(([, envelope]) => outgoing(encode(envelope), envelope.dueAt - now)),
    );
    early.forEach(([message], i) => {
      if (reasons[i] === undefined) message.ack();
      else message.retry({ delaySeconds: RETRY_SECONDS });
    });
  };

  return {
    async receive({ messages }) {
      const now = context.now();
      const jobs: ClaimedJob[] = [];
      const carried: ClaimedJob[] = [];
      const foreign: QueueMessage[] = [];
      const early: (readonly [QueueMessage, JobEnvelope])[] = [];
      for (const message of messages) {
        const envelope = decoded(message);
        switch (envelope.kind) {
          case "job":
            if (envelope.dueAt > now) early.push([message, envelope]);
            else jobs.push(take(message, envelope, now));
            break;
          case "carried":
            message.ack();
            // Delivered before, to a consumer that never returned: its crash is an attempt, and only a claim counts it.
            if (message.attempts === 1) carried.push(arrived(envelope, now));
            break;
          case "newer":
            message.retry({ delaySeconds: UNKNOWN_RETRY_SECONDS });
            break;
          case "dead":
          case "foreign":
            foreign.push(message);
        }
      }
      await sendOn(early, now);
      return {
        jobs,
        carried,
        foreign,
        close() {
          for (const { token } of jobs) {
            held.get(token)?.close(RETRY_SECONDS);
            held.delete(token);
          }
        },
      };
    },
    async settle(settlement) {
      const heldMessage = held.get(settlement.token);
      return heldMessage?.id === settlement.id ? heldMessage.settle(settlement) : "stale";
    },
  };
}

/** A body that cannot even be read is not ours. */
function decoded(message: QueueMessage): Decoded {
  try {
    return decode(message.body);
  } catch {
    return { kind: "foreign" };
  }
}

/** The time on the way counts. */
function arrived(envelope: CarriedEnvelope, now: number): ClaimedJob {
  const { token, attempt, stalled, ageMs, waitedMs, carriedAt, snoozed } = envelope;
  const wayMs = Math.max(0, now - carriedAt);
  return {
    ...dataOf(envelope),
    token,
    attempt,
    stalled,
    ageMs: ageMs + wayMs,
    waitedMs: waitedMs + wayMs,
    ...(snoozed && { snoozed: { reason: snoozed.reason, forMs: snoozed.forMs + wayMs } }),
  };
}
