import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type SqliteHandle, sqlite } from "@longshore/sqlite";
import Database from "better-sqlite3";
import { better, defineQueue, defineWorker } from "plainjob";
import { z } from "zod";
import type { Contestant } from "../comparison.ts";

/** How many jobs our worker holds at a time. plainjob's runs one after the other. */
const SLOTS = 500;

function longshore(
  name: string,
  source: (file: string) => { database: string | SqliteHandle; close(): void },
): Contestant {
  return {
    name,
    async open(file, ran) {
      const { database, close } = source(file);
      // As durable as plainjob, which sets the same.
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

/** Its worker looks for new jobs once a second by default; here as often as its timer can. */
const plainjob: Contestant = {
  name: "plainjob",
  async open(file, ran) {
    const logger = { error: console.error, warn() {}, info() {}, debug() {} };
    const queue = defineQueue({ connection: better(new Database(file)), logger });
    return {
      enqueue: async (n) => queue.add("task", { n }),
      enqueueMany: async (all) =>
        queue.addMany(
          "task",
          all.map((n) => ({ n })),
        ),
      async work() {
        const worker = defineWorker("task", ({ data }) => ran((JSON.parse(data) as { n: number }).n), {
          queue,
          logger,
          pollIntervall: 1,
        }); // as enqueued
        void worker.start();
        return () => worker.stop();
      },
      close: async () => queue.close(),
    };
  },
};

export const contestants: readonly Contestant[] = [
  longshore("longshore", (file) => ({ database: file, close: () => {} })),
  longshore("longshore on better-sqlite3", (file) => {
    const database = new Database(file);
    database.pragma("journal_mode=WAL");
    database.pragma("synchronous=NORMAL");
    return { database, close: () => void database.close() };
  }),
  plainjob,
];
