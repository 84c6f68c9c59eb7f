import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type SqliteHandle, sqlite } from "@longshore/sqlite";
import { z } from "zod";
import type { Contestant } from "../comparison.ts";

/** How many jobs a worker holds at a time. plainjob's runs one after the other. */
export const SLOTS = 500;

export function longshore(
  name: string,
  source: (file: string) => { database: string | SqliteHandle; close(): void },
): Contestant {
  return {
    name,
    async open(file, ran) {
      const { database, close } = source(file);
      // As durable as plainjob and bunqueue, which set the same.
      const jobs = sqlite(database, { synchronous: "normal" });
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
          close();
        },
      };
    },
  };
}
