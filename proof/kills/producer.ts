import { setTimeout as delay } from "node:timers/promises";
import { type Queue, codeOf } from "@longshore/core";
import type { DurableObjects } from "@longshore/durable-objects";
import type { Chance } from "./chance.ts";
import { type Order, orderOf } from "./jobs.ts";
import type { Ledger } from "./ledger.ts";

/** Enqueues without a pause, singly and in batches, and does not know when the runtime is killed. */
export type Producing = {
  /** Resolves when the next call is on its way. */
  sent(): Promise<void>;
  /** As many jobs, all acknowledged when it resolves; those that are delayed wait for so long at least, in ms. */
  order(count: number, leastDelay: number): Promise<void>;
  /** Resolves when what is repeated is acknowledged. Rejects with what the product refused. */
  stop(): Promise<void>;
};

const LANES = 4;
const MOST_AT_ONCE = 12;
const PAUSE_MS = [20, 120] as const;
/** Beyond that the machine cannot follow, and every figure would tell of its backlog. */
const MOST_WAITING = 60;
const AGAIN_MS = 25;
/** How long a job runs, at most. */
const RUN_MS = 80;
/** How often a call that was answered is sent once more, as if it had not been. */
const TWICE = 0.1;
const LATER_MS = [0, 500] as const;
const LEAST_DELAY_MS = 100;

export function startProducer(queue: Queue<DurableObjects>, ledger: Ledger, chance: Chance): Producing {
  let number = 0;
  let stopping = false;
  let onSent: (() => void)[] = [];

  const send = async (orders: readonly Order[]): Promise<void> => {
    const [only] = orders;
    const call =
      orders.length === 1 && only !== undefined
        ? queue.enqueue(only.request.definition, only.request.input, only.request.options).then((answer) => [answer])
        : queue.enqueueMany(orders.map(({ request }) => request));
    for (const tell of onSent) tell();
    onSent = [];
    const answers = await call;
    for (const { id, status } of answers) {
      if (status === "created" || status === "duplicate") ledger.note({ type: "acknowledged", id });
    }
  };
  const order = async (count: number, repeats: boolean, leastDelay = LEAST_DELAY_MS): Promise<void> => {
    const orders = Array.from({ length: count }, () => orderOf(number++, chance.between(0, RUN_MS), leastDelay));
    for (const { id, end } of orders) ledger.note({ type: "attempted", id, end });
    for (;;) {
      try {
        await send(orders);
        if (chance.next() >= TWICE) return;
        await delay(chance.between(...LATER_MS));
        return await send(orders);
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
      while (ledger.waiting() > MOST_WAITING && !stopping);
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  lanes.catch(() => {}); // `stop` tells
  return {
    sent: () => new Promise((resolve) => void onSent.push(resolve)),
    order: (count, leastDelay) => order(count, true, leastDelay),
    async stop() {
      stopping = true;
      await lanes;
    },
  };
}
