import { setTimeout as delay } from "node:timers/promises";
import { type Producer, codeOf } from "@longshore/core";
import type { RabbitMQ } from "@longshore/rabbitmq";
import type { Chance } from "./chance.ts";
import { type Order, orderOf as jobOf } from "./jobs.ts";
import type { Notes } from "./note.ts";
import type { TestedStore } from "./subject.ts";

/** Enqueues without a pause, singly and in batches, and does not know when anything is killed. */
export type Producing = {
  /** As many jobs, all acknowledged when it resolves; those that are delayed wait for so long at least, in ms. */
  order(count: number, leastDelay: number): Promise<void>;
  /** Resolves after `stop`, when what is repeated is acknowledged. Rejects with what the product refused. */
  readonly ended: Promise<void>;
  stop(): void;
};

const MOST_AT_ONCE = 12;
const PAUSE_MS = [20, 120] as const;
/** Beyond that the machine cannot follow, and every figure would tell of its backlog. */
const MOST_WAITING = 20;
const AGAIN_MS = 25;
/** How long a job runs, at most. */
const RUN_MS = 80;
/** How often a call that was answered is sent once more, as if it had not been. */
const TWICE = 0.25;
const LATER_MS = [0, 500] as const;
const LEAST_DELAY_MS = 100;
/** What the product has acknowledged; a broker cannot know whether it was there. */
const TAKEN: ReadonlySet<string> = new Set(["created", "duplicate", "sent"]);

export type ProducerOptions = {
  readonly chance: Chance;
  /** A number of its own, for the ids of its jobs. */
  readonly origin: number;
  /** How many calls it makes at a time. */
  readonly lanes: number;
  /** Default: jobs of a store. */
  readonly orderOf?: typeof jobOf;
};

export function startProducer(
  adapters: Producer<TestedStore> | Producer<RabbitMQ>,
  notes: Notes,
  options: ProducerOptions,
): Producing {
  const queue = adapters as Producer<TestedStore>; // `orderOf` asks a broker for nothing that it lacks
  const { chance, origin, orderOf = jobOf } = options;
  let number = 0;
  let stopping = false;

  const send = async (orders: readonly Order[]): Promise<void> => {
    const [only] = orders;
    // The orders have no unique keys, no parents and no time to begin, which some stores lack.
    const { unique: _none, after: _alone, startWithin: _any, ...options } = only?.request.options ?? {};
    const answers =
      orders.length === 1 && only !== undefined
        ? [await queue.enqueue(only.request.definition, only.request.input, options)]
        : await queue.enqueueMany(orders.map(({ request }) => request));
    const taken = orders.filter((_, i) => TAKEN.has(answers[i]?.status ?? ""));
    await notes.note(...taken.map(({ id }) => ({ type: "acknowledged", id }) as const));
  };
  const order = async (count: number, repeats: boolean, leastDelay = LEAST_DELAY_MS): Promise<void> => {
    const orders = Array.from({ length: count }, () => {
      return orderOf(origin, number++, chance.between(0, RUN_MS), leastDelay);
    });
    // Of what is gone the store cannot know that it was there: repeated, it would run again.
    const kept = orders.filter(({ end }) => end !== "gone");
    await notes.note(...orders.map(({ id, end }) => ({ type: "attempted", id, end }) as const));
    for (let sending = orders; sending.length > 0; sending = kept) {
      try {
        await send(sending);
        if (chance.next() >= TWICE || kept.length === 0) return;
        await delay(chance.between(...LATER_MS));
        return await send(kept);
      } catch (error) {
        // Refusals are ours; a call without an answer is left as it is, or repeated under the same ids.
        const code = codeOf(error);
        if (code !== undefined && code !== "enqueue_failed") throw error;
        if (!repeats) return;
        await delay(AGAIN_MS);
      }
    }
  };
  const lane = async (): Promise<void> => {
    while (!stopping) {
      const single = chance.next() < 0.5;
      await order(single ? 1 : chance.between(2, MOST_AT_ONCE), chance.next() < 0.5);
      do await delay(chance.between(...PAUSE_MS));
      while (notes.waiting() > MOST_WAITING && !stopping);
    }
  };
  const ended = Promise.all(Array.from({ length: options.lanes }, lane)).then(() => {});
  ended.catch(() => {}); // whoever looks is told
  return {
    order: (count, leastDelay) => order(count, true, leastDelay),
    ended,
    stop() {
      stopping = true;
    },
  };
}
