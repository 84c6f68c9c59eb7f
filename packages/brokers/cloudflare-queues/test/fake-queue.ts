import type { OutgoingMessage, QueueBatch, QueueBinding, QueueMessage } from "../src/index.ts";

/**
 * A queue for the faults that Cloudflare's local emulator cannot make: sends that fail, replies that get lost,
 * consumers that vanish, days that pass. It keeps the platform's rules: limits of a send, attempts from 1, the first
 * call of `ack` or `retry` counts, a handler that throws gets the rest again, one that never returns everything, and
 * `max_retries` is 100. It is stricter in one thing: to leave a message to the acknowledgement at the end is an error.
 */
export type FakeQueue = QueueBinding & {
  /** Every call that reached the queue. */
  readonly calls: readonly (readonly OutgoingMessage[])[];
  /** What waits: not acknowledged, and delivered to nobody. */
  readonly waiting: readonly Stored[];
  /** The next calls fail: before anything is sent, or after it was. */
  fail(how: "refused" | "lostReply", times?: number): void;
  /** Hands what is due to a consumer, one batch after the other, until nothing is. */
  deliver(consume: (batch: QueueBatch) => Promise<void>, size?: number): Promise<void>;
  /** Delivers a batch to a consumer that vanishes: it answers nothing, whatever it did. */
  vanish(consume: (batch: QueueBatch) => Promise<void>): Promise<void>;
  /** The same message again, as at-least-once delivery may. */
  double(): void;
};

type Stored = {
  readonly id: string;
  readonly body: unknown;
  readonly sentAt: number;
  dueAt: number;
  attempts: number;
};

const MAX_RETRIES = 100;
const MOST_BATCHES = 1_000;
const RETRY_NOW = { delaySeconds: 0 };

export function fakeQueue(now: () => number, deadLetterQueue?: FakeQueue): FakeQueue {
  const calls: OutgoingMessage[][] = [];
  const faults: ("refused" | "lostReply")[] = [];
  let waiting: Stored[] = [];
  let ids = 0;

  const put = (body: unknown, delaySeconds: number): void => {
    waiting.push({ id: `m${++ids}`, body, sentAt: now(), dueAt: now() + delaySeconds * 1_000, attempts: 0 });
  };
  const take = (size: number): Stored[] => {
    const due = waiting.filter(({ dueAt }) => dueAt <= now()).slice(0, size);
    waiting = waiting.filter((one) => !due.includes(one));
    return due;
  };
  const retry = async (message: Stored, { delaySeconds = 0 }: { delaySeconds?: number }): Promise<void> => {
    if (message.attempts <= MAX_RETRIES) waiting.push({ ...message, dueAt: now() + delaySeconds * 1_000 });
    else await deadLetterQueue?.sendBatch([{ body: String(message.body), contentType: "text", delaySeconds: 0 }]);
  };
  const handOver = (due: Stored[]) => {
    const fates = new Map<Stored, "ack" | { delaySeconds?: number }>();
    const messages = due.map((stored): QueueMessage => {
      stored.attempts += 1;
      const { id, body, attempts } = stored;
      const first = (fate: "ack" | { delaySeconds?: number }): void => {
        if (!fates.has(stored)) fates.set(stored, fate);
      };
      return {
        id,
        body,
        attempts,
        timestamp: new Date(stored.sentAt),
        ack: () => first("ack"),
        retry: (how = {}) => first(how),
      };
    });
    return { fates, batch: { queue: "jobs", messages } };
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
      const sizes = sent.map(({ body }) => new TextEncoder().encode(body).length + 100);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (sent.length > 100 || sizes.some((size) => size > 128_000) || total > 256_000) {
        throw new Error("Queue sendBatch failed: Payload Too Large");
      }
      if (sent.some(({ delaySeconds: delay }) => !Number.isInteger(delay) || delay < 0 || delay > 86_400)) {
        throw new Error("Queue sendBatch failed: Bad Request");
      }
      calls.push(sent);
      for (const { body, delaySeconds } of sent) put(body, delaySeconds);
      if (fault === "lostReply") throw new Error("Queue sendBatch failed: Network connection lost");
      return {};
    },
    async deliver(consume, size = 10) {
      let batches = 0;
      for (let due = take(size); due.length > 0; due = take(size)) {
        if (++batches > MOST_BATCHES) throw new Error("the consumer sends at once whatever it gets");
        const { fates, batch } = handOver(due);
        let threw = false;
        try {
          await consume(batch);
        } catch {
          threw = true;
        }
        for (const message of due) {
          const fate = fates.get(message) ?? (threw ? RETRY_NOW : undefined);
          if (fate === undefined) throw new Error("a message was neither acknowledged nor retried by a call");
          if (fate !== "ack") await retry(message, fate);
        }
      }
    },
    async vanish(consume) {
      const due = take(10);
      void consume(handOver(due).batch);
      await new Promise((resolve) => setTimeout(resolve));
      for (const message of due) await retry(message, RETRY_NOW);
    },
    double() {
      waiting = waiting.flatMap((message) => [message, { ...message, id: `m${++ids}`, attempts: 0 }]);
    },
  };
}
