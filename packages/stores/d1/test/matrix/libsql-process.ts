import process from "node:process";
import { createClient } from "@libsql/client";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { d1 } from "../../src/index.ts";
import { anyInput } from "../schema.ts";

const work = defineJob("work", { input: anyInput, keep: 0 });

/**
 * A process for `libsql-processes.test.ts`: `libsql-process.ts URL FROM TO`. It enqueues jobs with the numbers of this range, one
 * at a time, runs whatever there is until its input ends, and prints the number of each job that it runs.
 */
async function run(url: string, from: number, to: number): Promise<void> {
  const client = createClient({ url });
  const jobs = d1(client);
  await jobs.migrate();
  const worker = createWorker(jobs, { poll: 20, handlers: [handle(work, ({ n }) => console.log(n))] });
  worker.start();
  process.stdin.resume().on("end", () => void worker.stop().then(() => client.close()));
  const queue = createQueue(jobs);
  for (let n = from; n < to; n++) await queue.enqueue(work, { n });
}

const [url = "", from, to] = process.argv.slice(2);
await run(url, Number(from), Number(to));
