import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import type { Store } from "@longshore/core/adapter";
import { z } from "zod";
import type { Contestant } from "./comparison.ts";

/** How many jobs a worker holds at a time, where its library lets one choose. */
export const SLOTS = 500;

/** Our half of a comparison, over any store. */
export function longshoreOver(
  jobs: Store & { close(): Promise<void> },
  ran: Parameters<Contestant["open"]>[1],
  close: () => unknown,
): Awaited<ReturnType<Contestant["open"]>> {
  const task = defineJob("task", { input: z.object({ n: z.number() }), keep: 0 });
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
