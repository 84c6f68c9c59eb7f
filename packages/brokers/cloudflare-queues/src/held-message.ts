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

/** Where to send messages. */
export type BrokerContext = {
  readonly queue: QueueBinding;
  readonly deadLetters: QueueBinding;
  now(): number;
  /** Rejects unless all jobs were acknowledged. */
  enqueue(jobs: readonly NewJob[]): Promise<void>;
};

/** A delivered message whose job a worker has. */
export type HeldMessage = {
  /** Rejects if something could not be sent. The message is then still held, and the call can be repeated. */
  settle(settlement: Settlement): Promise<SettleAnswer>;
  /** Hands the message back to the platform, unless its job is settled. */
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
  // Sends everything before it acknowledges: a crash in between duplicates work but loses none.
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

/** Drops the stack rather than the payload if both are too large for one message. */
function deadLetter(envelope: JobEnvelope, attempts: number, diedAt: number, failure: Failure): OutgoingMessage {
  const letter = (told: Failure): OutgoingMessage =>
    outgoing(encode({ ...dataOf(envelope), kind: "dead", sentAt: envelope.sentAt, attempts, diedAt, failure: told }));
  const whole = letter(failure);
  return fits(whole) ? whole : letter({ message: failure.message.slice(0, 100) });
}
