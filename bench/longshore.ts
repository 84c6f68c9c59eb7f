import * as ours from "@longshore/core";
import type { Store } from "@longshore/core/adapter";
import { z } from "zod";
import type { Contestant } from "./comparison.ts";

/** How many jobs a worker holds at a time, where its library lets one choose. */
export const SLOTS = 500;

type Opened = Awaited<ReturnType<Contestant["open"]>>;
export type ClosableStore = Store & { readonly traits: { readonly limits: true }; close(): Promise<void> };

/** Our half of a comparison, over any store. `keys`: of how many keys one job at a time may run. `core`: of another clone. */
export function longshoreOver(
  jobs: ClosableStore,
  ran: Parameters<Contestant["open"]>[1],
  close: () => unknown,
  { keys, core = ours }: { readonly keys?: number | undefined; readonly core?: typeof ours } = {},
): Opened {
  const { createQueue, createWorker, defineJob, handle } = core;
  const concurrency = keys && { key: ({ n }: { n: number }) => `${n % keys}`, limit: 1 };
  const task = defineJob("task", { input: z.object({ n: z.number() }), keep: 0, ...(concurrency && { concurrency }) });
  const queue = createQueue(jobs);
  return {
    enqueue: (n) => queue.enqueue(task, { n }),
    enqueueMany: (all) => queue.enqueueMany(all.map((n) => task.with({ n }))),
    async work() {
      const handlers = [handle(task, ({ n }) => ran(n))];
      const worker = createWorker(jobs, { queues: { default: SLOTS }, handlers });
      worker.start();
      return () => worker.stop();
    },
    async close() {
      await jobs.close();
      await close();
    },
  };
}

/** What a store allows: claims and settlements of a worker's size, two calls at a time, and no worker. */
export function bareLoopOver(
  jobs: ClosableStore,
  ran: Parameters<Contestant["open"]>[1],
  close: () => unknown,
): Opened {
  const claim = { queues: [{ name: "default", limit: SLOTS }], leaseMs: 30_000 };
  return {
    ...longshoreOver(jobs, ran, close),
    async work() {
      let stopped = false;
      const lane = async (): Promise<void> => {
        while (!stopped) {
          const claimed = await jobs.claim(claim);
          for (const { payload } of claimed) await ran((JSON.parse(payload) as { n: number }).n); // as enqueued
          await jobs.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
        }
      };
      const lanes = Promise.all([lane(), lane()]);
      return () => {
        stopped = true;
        return lanes;
      };
    },
  };
}
