import {
  type Batch,
  MAX_RETRIES,
  type OutgoingMessage,
  type StoredMessage,
  batchOf,
  checkLimits,
} from "./queue-rules.ts";

/**
 * The highest rate of each fault. Each queue draws its own rates, some of them zero. All faults are documented for
 * Cloudflare Queues, or follow from at-least-once delivery without order.
 */
const HIGHEST_RATES = {
  /** A send fails, and nothing was sent. */
  refused: 0.2,
  /** A send fails after some of its messages were sent. */
  partlySent: 0.2,
  /** A send fails after everything was sent. */
  lostReply: 0.2,
  /** A due message is delivered later. */
  late: 0.4,
  /** A message comes twice, perhaps to two consumers at once. */
  doubled: 0.3,
  /** A message comes again long after it was acknowledged. */
  lateDuplicate: 0.3,
  /** An acknowledgement is lost, so the message comes again. */
  unacknowledged: 0.2,
} as const;

type QueueFault = keyof typeof HIGHEST_RATES;

export type UnreliableQueueOptions = {
  /** The test's clock, in ms. */
  now(): number;
  /** Returns numbers in [0, 1), from a seed. */
  random(): number;
  /** Where messages go after their last retry. Without it, they are dropped. */
  readonly deadLetters?: { sendBatch(messages: Iterable<OutgoingMessage>): Promise<unknown> };
  /** Default: 100. */
  readonly maxRetries?: number;
};

/** How a consumer can end. */
export type Consumer = {
  /** Ends the consumer: nothing that it does from now on counts, nor its acknowledgements. Never resolves. */
  die(): Promise<never>;
};

/** A queue as bad as Cloudflare's documentation allows, shaped like its bindings. Only `deliver` delivers. */
export type UnreliableQueue = {
  sendBatch(messages: Iterable<OutgoingMessage>): Promise<unknown>;
  /** The messages that wait for a delivery, or for the next one. */
  readonly waiting: readonly { readonly body: string }[];
  /**
   * Hands out due messages once: in any order, in batches of 1 to 100, some of them concurrently. Fails if a consumer
   * neither acknowledges nor retries a message.
   */
  deliver(consume: (batch: Batch, consumer: Consumer) => Promise<void>): Promise<void>;
  /** Ends all faults, but the order and the sizes of batches stay random. */
  endFaults(): void;
  /** The faults so far. */
  readonly faults: Readonly<Record<QueueFault | "died", number>>;
};

const MOST_REMEMBERED = 1_000;
const MOST_LATE_MS = 120_000;

export function unreliableQueue(options: UnreliableQueueOptions): UnreliableQueue {
  const { now, random, deadLetters, maxRetries = MAX_RETRIES } = options;
  const rates = new Map<QueueFault, number>();
  // Draws the rates declared above; some are zero.
  for (const kind of Object.keys(HIGHEST_RATES) as QueueFault[])
    rates.set(kind, random() < 0.3 ? 0 : random() * HIGHEST_RATES[kind]);
  const faults = {
    refused: 0,
    partlySent: 0,
    lostReply: 0,
    late: 0,
    doubled: 0,
    lateDuplicate: 0,
    unacknowledged: 0,
    died: 0,
  };
  const gone: StoredMessage[] = [];
  let waiting: StoredMessage[] = [];
  let ids = 0;

  const below = (most: number): number => Math.floor(random() * most);
  const happens = (kind: QueueFault): boolean => {
    const happened = random() < (rates.get(kind) ?? 0);
    if (happened) faults[kind]++;
    return happened;
  };
  const shuffled = <T>(all: readonly T[]): T[] =>
    all
      .map((one) => [random(), one] as const)
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);
  const again = async (message: StoredMessage, delayMs: number): Promise<void> => {
    const next = { ...message, dueAt: now() + delayMs };
    if (message.attempts <= maxRetries) return void waiting.push(next);
    try {
      await deadLetters?.sendBatch([{ body: message.body, contentType: "text", delaySeconds: 0 }]);
    } catch {
      // The platform repeats a move to the dead-letter queue until it succeeds, perhaps twice.
      waiting.push(next);
    }
  };

  /** The messages to hand out now. Late ones continue to wait. */
  const due = (): StoredMessage[] => {
    const ready = waiting.filter(({ dueAt }) => dueAt <= now());
    waiting = waiting.filter((one) => !ready.includes(one));
    const handed: StoredMessage[] = [];
    for (const message of ready) {
      if (happens("late")) waiting.push({ ...message, dueAt: now() + below(MOST_LATE_MS) });
      else handed.push(message);
      if (happens("doubled")) handed.push({ ...message });
    }
    const lateDuplicate = gone[below(gone.length)];
    if (lateDuplicate !== undefined && happens("lateDuplicate")) handed.push({ ...lateDuplicate });
    return shuffled(handed);
  };

  const handOver = async (
    stored: readonly StoredMessage[],
    consume: (batch: Batch, consumer: Consumer) => Promise<void>,
  ): Promise<void> => {
    const { batch, decisions } = batchOf(stored);
    let dead = false;
    await new Promise<void>((resolve, reject) => {
      const die = (): Promise<never> => {
        dead = true;
        resolve();
        return new Promise(() => {});
      };
      consume(batch, { die }).then(resolve, reject);
    });
    if (dead) faults.died++;
    for (const message of stored) {
      const decision = decisions.get(message);
      if (dead) await again(message, below(MOST_LATE_MS));
      else if (decision === undefined) throw new Error("a message was neither acknowledged nor retried by a call");
      else if (decision !== "ack") await again(message, (decision.delaySeconds ?? 0) * 1_000);
      else if (happens("unacknowledged")) await again(message, below(MOST_LATE_MS));
      else gone.push(message);
    }
    gone.splice(0, gone.length - MOST_REMEMBERED);
  };

  return {
    faults,
    get waiting() {
      return waiting;
    },
    endFaults: () => rates.clear(),
    async sendBatch(sent) {
      const messages = [...sent];
      checkLimits(messages);
      if (happens("refused")) throw new Error("Queue sendBatch failed: Internal Server Error");
      const partlySent = happens("partlySent");
      for (const { body, delaySeconds } of partlySent ? messages.slice(0, below(messages.length)) : messages) {
        waiting.push({ id: `m${++ids}`, body, sentAt: now(), dueAt: now() + delaySeconds * 1_000, attempts: 0 });
      }
      if (partlySent || happens("lostReply")) throw new Error("Queue sendBatch failed: Network connection lost");
      return {};
    },
    async deliver(consume) {
      const handed = due();
      const batches: StoredMessage[][] = [];
      while (handed.length > 0) batches.push(handed.splice(0, 1 + below(random() < 0.5 ? 10 : 100)));
      while (batches.length > 0) {
        await Promise.all(batches.splice(0, 1 + below(4)).map((batch) => handOver(batch, consume)));
      }
    },
  };
}
