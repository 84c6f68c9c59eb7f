import type { ClaimedJob, SettleAnswer, Settlement } from "@longshore/core/adapter";
import type { QueueBatch, QueueMessage } from "./binding.ts";
import { type CarriedEnvelope, type JobEnvelope, type Decoded, dataOf, decode, encode } from "./envelope.ts";
import { type BrokerContext, type HeldMessage, hold } from "./held-message.ts";
import { outgoing, sendAll } from "./send.ts";

/** A sorted batch. `consume` handles it completely; if you do that yourself, call `close` at the end. */
export type Delivery = {
  /** The queue's own due jobs. Settling one acknowledges or retries its message. */
  readonly jobs: readonly ClaimedJob[];
  /** Jobs sent by `paired`. The store leases and settles them; their messages are already acknowledged. */
  readonly carried: readonly ClaimedJob[];
  /** Messages that are not ours, dead letters included. They are untouched. */
  readonly foreign: readonly QueueMessage[];
  /** Hands back unsettled messages: the platform delivers them again in 30 s. Later settlements are `stale`. */
  close(): void;
};

/** The messages that were delivered to this adapter and are not yet settled. */
export type Deliveries = {
  receive(batch: QueueBatch): Promise<Delivery>;
  settle(settlement: Settlement): Promise<SettleAnswer>;
};

export const RETRY_SECONDS = 30;
/** A hundred such retries take eight hours: time to finish a deploy before the platform gives the message up. */
export const UNKNOWN_RETRY_SECONDS = 300;

export function createDeliveries(context: BrokerContext): Deliveries {
  const held = new Map<number, HeldMessage & { readonly id: string }>();
  let lastToken = 0;

  const take = (message: QueueMessage, original: JobEnvelope, now: number): ClaimedJob => {
    // A redelivered message was retried, so its snooze no longer applies.
    const envelope = message.attempts > 1 ? { ...original, snoozed: undefined } : original;
    const { snoozed } = envelope;
    // Tokens also grow with time across isolates, as far as a broker can promise that.
    const token = Math.max(lastToken + 1, now);
    lastToken = token;
    const attempt = envelope.attempts + message.attempts;
    held.set(token, { id: envelope.id, ...hold(message, envelope, attempt, context) });
    return {
      ...dataOf(envelope),
      token,
      attempt,
      // The platform does not tell whether the last delivery failed or vanished, nor when the retry was due.
      stalled: false,
      ageMs: Math.max(0, now - envelope.sentAt),
      waitedMs: message.attempts > 1 ? 0 : Math.max(0, now - envelope.dueAt),
      ...(snoozed && { snoozed: { reason: snoozed.reason, forMs: Math.max(0, now - snoozed.since) } }),
    };
  };

  /** Replaces messages that are not due yet with new ones: a retry would count as an attempt. */
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
            // On a redelivery the consumer never returned: its crash is an attempt, and only a claim counts attempts.
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

/** A body that cannot be read is not ours. */
function decoded(message: QueueMessage): Decoded {
  try {
    return decode(message.body);
  } catch {
    return { kind: "foreign" };
  }
}

/** Adds the time in transit. */
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
