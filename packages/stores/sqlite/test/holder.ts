import process from "node:process";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { z } from "zod";
import { sqlite } from "../src/index.ts";

/**
 * A process that keeps jobs in a file until it is killed, for `processes.test.ts`. It prints each job's number once its
 * enqueue is acknowledged, and `ran` with it once its handler has returned.
 */
const [path = "", from = "0"] = process.argv.slice(2);
const jobs = sqlite(path, { synchronous: "normal", lease: 200 });
const task = defineJob("task", { input: z.object({ n: z.number() }), id: ({ n }) => `task:${n}`, keep: "1d" });
const worker = createWorker(jobs, { handlers: [handle(task, ({ n }) => console.log(`ran ${n}`))] });
const queue = createQueue(jobs);
worker.start();
console.log("ready");
for (let n = Number(from); ; n++) {
  await queue.enqueue(task, { n });
  console.log(`made ${n}`);
}
