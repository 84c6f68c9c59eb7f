import Database from "better-sqlite3";
import { better, defineQueue, defineWorker } from "plainjob";
import type { Contestant } from "../comparison.ts";
import { longshore } from "./longshore.ts";

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
