import {
  type Failure,
  type NewJob,
  type Outcome,
  type SettleAnswer,
  type Settlement,
  type Snoozed,
  snoozedFor,
} from "@longshore/core/adapter";
import type { OutgoingMessage, QueueBinding, QueueMessage } from "./binding.ts";
import { type JobEnvelope, dataOf, encode } from "./envelope.ts";
import { MAX_HOP_MS, delaySeconds, fits, outgoing, messageOf, sendOne } from "./send.ts";

/** Where messages go. */
export type BrokerContext = {
  readonly queue: QueueBinding;
  readonly deadLetters: QueueBinding;
  now(): number;
  /** Rejects unless all were acknowledged. */
  enqueue(jobs: readonly NewJob[]): Promise<void>;
};

/** A delivered message whose job is with a worker. */
export type HeldMessage = {
  /** Rejects where something could not be sent: the message is still held then, and the call may be repeated. */
  settle(settlement: Settlement): Promise<SettleAnswer>;
  /** Hands the message back to the platform, unless its job was settled. */
  close(retrySeconds: number): void;
};

export function hold(
  message: QueueMessage,
  envelope: JobEnvelope,
  attempt: number,
  context: BrokerContext,
): HeldMessage {
  let settling: Promise<void> | undefined;
  let settled = false;

  const again = (attempts: number, delayMs: number, snoozed?: Snoozed): Promise<void> =>
    sendOne(context.queue, messageOf({ ...envelope, attempts, dueAt: context.now() + delayMs, snoozed }, delayMs));

  const act = async (outcome: Outcome): Promise<void> => {
    switch (outcome.type) {
      case "complete":
        return message.ack();
      case "retry":
        if (outcome.delayMs <= MAX_HOP_MS) return message.retry({ delaySeconds: delaySeconds(outcome.delayMs) });
        await again(attempt, outcome.delayMs);
        return message.ack();
      case "snooze":
        await again(attempt - 1, outcome.delayMs, snoozedFor(outcome.reason, envelope.snoozed, context.now()));
        return message.ack();
      case "dead":
        await sendOne(context.deadLetters, deadLetter(envelope, attempt, context.now(), outcome.failure));
        return message.ack();
    }
  };
  // Whatever must be sent is sent before the acknowledgement: a crash in between doubles, and loses nothing.
  const actWith = async ({ outcome, next = [] }: Settlement): Promise<void> => {
    if (next.length > 0) await context.enqueue(next);
    await act(outcome);
    settled = true;
  };

  return {
    async settle(settlement) {
      if (settling !== undefined) {
        await settling;
        return "repeated";
      }
      settling = actWith(settlement);
      try {
        await settling;
        const { next = [] } = settlement;
        if (next.length === 0) return "accepted";
        return { status: "accepted", next: next.map(() => ({ status: "sent" })) };
      } catch (error) {
        settling = undefined;
        throw error;
      }
    },
    close(retrySeconds) {
      if (!settled) message.retry({ delaySeconds: retrySeconds });
    },
  };
}

/** The stack goes before the payload would, where both are too much for one message. */
function deadLetter(envelope: JobEnvelope, attempts: number, diedAt: number, failure: Failure): OutgoingMessage {
  const letter = (told: Failure): OutgoingMessage =>
    outgoing(encode({ ...dataOf(envelope), kind: "dead", sentAt: envelope.sentAt, attempts, diedAt, failure: told }));
  const whole = letter(failure);
  return fits(whole) ? whole : letter({ message: failure.message.slice(0, 100) });
}
