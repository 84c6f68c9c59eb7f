import type { ClaimedJob, SettleAnswer, Settlement } from "../contract/contract.ts";
import type { BrokerOptions } from "./broker-options.ts";
import { type CarriedEnvelope, type JobEnvelope, dataOf, decode } from "./envelope.ts";
import { type HeldMessage, hold } from "./held-message.ts";
import type { Message } from "./message.ts";
import type { Sending } from "./sending.ts";

/** Sorted messages. `runMessages` handles them completely; if you do that yourself, call `close` at the end. */
export type Delivery<M> = {
  /** The queue's own due jobs. Settling one acknowledges or retries its message. */
  readonly jobs: readonly ClaimedJob[];
  /** Jobs sent by `paired`. The store leases and settles them; their messages are already acknowledged. */
  readonly carried: readonly ClaimedJob[];
  /** Messages that are not ours, dead letters included. They are untouched. */
  readonly foreign: readonly M[];
  /**
   * Messages of jobs that are due within a step: receive them again in `inMs`. A new message would make them late by its
   * rounding. They are untouched.
   */
  readonly soon: { readonly inMs: number; readonly messages: readonly M[] } | undefined;
  /** Hands back unsettled messages: the broker delivers them again in 30 s. Later settlements are `stale`. Never rejects. */
  close(): Promise<void>;
};

/** The messages that were delivered to this adapter and are not yet settled. */
export type Deliveries<M> = {
  receive(messages: readonly M[]): Promise<Delivery<M>>;
  settle(settlement: Settlement): Promise<SettleAnswer>;
};

/** After this time comes again what was not settled, and what could not be sent on. */
export const RETRY_MS = 30_000;
/** A hundred such retries take eight hours: time to finish a deploy before a platform gives the message up. */
export const UNKNOWN_RETRY_MS = 300_000;

type Received<M> = Pick<BrokerOptions<never, M>, "hopMs" | "hides" | "message" | "now"> & { readonly stepMs: number };
type Early<M> = { readonly one: M; readonly message: Message; readonly envelope: JobEnvelope };

export function createDeliveries<M>(options: Received<M>, sending: Sending): Deliveries<M> {
  const { hopMs, hides = false, now, stepMs } = options;
  const held = new Map<number, HeldMessage & { readonly id: string }>();
  let lastToken = 0;

  const take = (message: Message, original: JobEnvelope, at: number): ClaimedJob => {
    const deliveries = Math.max(1, message.attempts - (original.hides ?? 0));
    // A redelivered message was retried, so its snooze no longer applies.
    const envelope = deliveries > 1 ? { ...original, snoozed: undefined } : original;
    const { snoozed } = envelope;
    // Tokens also grow with time across processes, as far as a broker can promise that.
    const token = Math.max(lastToken + 1, at);
    lastToken = token;
    const attempt = envelope.attempts + deliveries;
    held.set(token, { id: envelope.id, ...hold(message, envelope, attempt, sending, now) });
    return {
      ...dataOf(envelope),
      token,
      attempt,
      // The broker does not tell whether the last delivery failed or vanished, nor when the retry was due.
      stalled: false,
      ageMs: Math.max(0, at - envelope.sentAt),
      waitedMs: deliveries > 1 ? 0 : Math.max(0, at - envelope.dueAt),
      ...(snoozed && { snoozed: { reason: snoozed.reason, forMs: Math.max(0, at - snoozed.since) } }),
    };
  };

  /** Replaces messages that are not due yet with new ones: a retry would count as an attempt. */
  const sendOn = async (early: readonly Early<M>[], at: number): Promise<void> => {
    const parcels = early.map(({ message, envelope }) => sending.again(envelope, envelope.dueAt - at, message.id));
    const reasons = await sending.post("queue", parcels);
    await allOf(
      early.map(({ message }, i) => {
        if (reasons[i] === undefined) return () => message.ack();
        return () => message.retry(RETRY_MS);
      }),
    );
  };
  /** Where no message can be sent with a delay, the envelope says how often it is hidden. */
  const hide = (early: readonly Early<M>[], at: number): Promise<void> =>
    allOf(
      early.map(
        ({ message, envelope }) =>
          () =>
            message.retry(Math.min(hopMs, message.retryMs, envelope.dueAt - at)),
      ),
    );

  const receive = async (messages: readonly M[]): Promise<Delivery<M>> => {
    const at = now();
    const jobs: ClaimedJob[] = [];
    const carried: ClaimedJob[] = [];
    const foreign: M[] = [];
    const early: Early<M>[] = [];
    const soon: Early<M>[] = [];
    const decisions: (() => unknown)[] = [];
    for (const one of messages) {
      const opened = open(one, options.message);
      if (opened === undefined) {
        foreign.push(one);
        continue;
      }
      const { message, envelope } = opened;
      switch (envelope.kind) {
        case "job":
          if (envelope.dueAt <= at) jobs.push(take(message, envelope, at));
          else if (envelope.dueAt < at + stepMs) soon.push({ one, message, envelope });
          else early.push({ one, message, envelope });
          break;
        case "carried":
          decisions.push(() => message.ack());
          // On a redelivery the consumer never returned: its crash is an attempt, and only a claim counts attempts.
          if (message.attempts === 1) carried.push(arrived(envelope, at));
          break;
        case "newer":
          decisions.push(() => message.retry(UNKNOWN_RETRY_MS));
          break;
        case "dead":
        case "foreign":
          foreign.push(one);
      }
    }
    await Promise.all([allOf(decisions), hides ? hide(early, at) : sendOn(early, at)]);
    return {
      jobs,
      carried,
      foreign,
      soon:
        soon.length === 0
          ? undefined
          : {
              inMs: Math.max(...soon.map(({ envelope }) => envelope.dueAt - at)),
              messages: soon.map(({ one }) => one),
            },
      async close() {
        const unsettled = jobs.map(({ token }) => {
          const message = held.get(token);
          held.delete(token);
          return () => message?.close(RETRY_MS);
        });
        await allOf(unsettled);
      },
    };
  };

  return {
    receive,
    async settle(settlement) {
      const heldMessage = held.get(settlement.token);
      return heldMessage?.id === settlement.id ? heldMessage.settle(settlement) : "stale";
    },
  };
}

/** Undefined for what is not ours, such as a body that cannot be read. */
function open<M>(one: M, messageOf: (one: M) => Message) {
  try {
    const message = messageOf(one);
    return { message, envelope: decode(message.body) };
  } catch {
    return undefined;
  }
}

/** Each by itself, begun in this turn. What the broker did not take comes again when it gives up waiting. */
async function allOf(decisions: readonly (() => unknown)[]): Promise<void> {
  await Promise.allSettled(decisions.map(async (decide) => decide()));
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
