import { turn } from "@longshore/testing/tools";
import {
  type Batch,
  MAX_RETRIES,
  type OutgoingMessage,
  type StoredMessage,
  batchOf,
  checkLimits,
} from "./queue-rules.ts";

/**
 * A queue for the faults that Cloudflare's local emulator cannot make: sends that fail, replies that get lost,
 * consumers that vanish, days that pass. It keeps the platform's rules: limits of a send, attempts from 1, the first
 * call of `ack` or `retry` counts, a handler that throws gets the rest again, one that never returns everything, and
 * `max_retries` is 100. It is stricter in one thing: to leave a message to the acknowledgement at the end is an error.
 */
export type FakeQueue = {
  sendBatch(messages: Iterable<OutgoingMessage>): Promise<unknown>;
  /** Every call that reached the queue. */
  readonly calls: readonly (readonly OutgoingMessage[])[];
  /** What waits: not acknowledged, and delivered to nobody. */
  readonly waiting: readonly StoredMessage[];
  /** The next calls fail: before anything is sent, or after it was. */
  fail(how: "refused" | "lostReply", times?: number): void;
  /** Hands what is due to a consumer, one batch after the other, until nothing is. */
  deliver(consume: (batch: Batch) => Promise<void>, size?: number): Promise<void>;
  /** Delivers a batch to a consumer that vanishes: it answers nothing, whatever it did. */
  vanish(consume: (batch: Batch) => Promise<void>): Promise<void>;
  /** The same message again, as at-least-once delivery may. */
  double(): void;
};

const MOST_BATCHES = 1_000;
const RETRY_NOW = { delaySeconds: 0 };

export function fakeQueue(now: () => number, deadLetterQueue?: FakeQueue): FakeQueue {
  const calls: OutgoingMessage[][] = [];
  const faults: ("refused" | "lostReply")[] = [];
  let waiting: StoredMessage[] = [];
  let ids = 0;

  const put = (body: string, delaySeconds: number): void => {
    waiting.push({ id: `m${++ids}`, body, sentAt: now(), dueAt: now() + delaySeconds * 1_000, attempts: 0 });
  };
  const take = (size: number): StoredMessage[] => {
    const due = waiting.filter(({ dueAt }) => dueAt <= now()).slice(0, size);
    waiting = waiting.filter((one) => !due.includes(one));
    return due;
  };
  const retry = async (message: StoredMessage, { delaySeconds = 0 }: { delaySeconds?: number }): Promise<void> => {
    if (message.attempts <= MAX_RETRIES) waiting.push({ ...message, dueAt: now() + delaySeconds * 1_000 });
    else await deadLetterQueue?.sendBatch([{ body: message.body, contentType: "text", delaySeconds: 0 }]);
  };

  return {
    calls,
    get waiting() {
      return waiting;
    },
    fail(how, times = 1) {
      for (let i = 0; i < times; i++) faults.push(how);
    },
    async sendBatch(messages) {
      const sent = [...messages];
      const fault = faults.shift();
      if (fault === "refused") throw new Error("Queue sendBatch failed: Internal Server Error");
      checkLimits(sent);
      calls.push(sent);
      for (const { body, delaySeconds } of sent) put(body, delaySeconds);
      if (fault === "lostReply") throw new Error("Queue sendBatch failed: Network connection lost");
      return {};
    },
    async deliver(consume, size = 10) {
      let batches = 0;
      for (let due = take(size); due.length > 0; due = take(size)) {
        if (++batches > MOST_BATCHES) throw new Error("the consumer sends at once whatever it gets");
        const { decisions, batch } = batchOf(due);
        let threw = false;
        try {
          await consume(batch);
        } catch {
          threw = true;
        }
        for (const message of due) {
          const decision = decisions.get(message) ?? (threw ? RETRY_NOW : undefined);
          if (decision === undefined) throw new Error("a message was neither acknowledged nor retried by a call");
          if (decision !== "ack") await retry(message, decision);
        }
      }
    },
    async vanish(consume) {
      const due = take(10);
      void consume(batchOf(due).batch);
      await turn();
      for (const message of due) await retry(message, RETRY_NOW);
    },
    double() {
      waiting = waiting.flatMap((message) => [message, { ...message, id: `m${++ids}`, attempts: 0 }]);
    },
  };
}
