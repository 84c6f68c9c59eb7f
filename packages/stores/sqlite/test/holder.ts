import { writeSync } from "node:fs";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { z } from "zod";
import { sqlite } from "../src/index.ts";

/**
 * A process that keeps jobs in a file until it is killed, for `processes.test.ts`: `holder.ts FILE FROM TO`. It
 * enqueues jobs with the numbers of this range, and runs whatever there is. It prints `made` and a job's number once its
 * enqueue is acknowledged, `ran` once its handler has returned, and `done` once its settlement was accepted.
 */
const [path = "", from = "0", to = "Infinity"] = process.argv.slice(2);
/**
 * Not `console`: a few hundred lines that nobody has read yet fill a pipe, and what waits behind them dies with the process.
 * A full pipe is waited for.
 */
function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
const jobs = sqlite(path, { synchronous: "normal", lease: "1s" });
const task = defineJob("task", {
  input: z.object({ n: z.number() }),
  id: ({ n }) => `task:${n}`,
  keep: "1d",
  // On a busy machine a kill may come before the first job has run, several times: that must not use its attempts up.
  retry: fixed({ attempts: 1_000, delay: 0 }),
});
const worker = createWorker(jobs, {
  handlers: [handle(task, ({ n }) => say(`ran ${n}`))],
  // Nothing but a wake-up makes it look sooner.
  poll: "5s",
  onEvent: (event) => event.type === "completed" && say(`done ${event.job.id?.slice("task:".length)}`),
});
const queue = createQueue(jobs);
worker.start();
say("ready");
for (let n = Number(from); n < Number(to); n++) {
  await queue.enqueue(task, { n });
  say(`made ${n}`);
  // Lets its timers and the other processes have their turn.
  await setImmediate();
}
setInterval(() => {}, 1e6);
