import { once } from "node:events";
import process from "node:process";
import { createWorker, defineJob, handle } from "@longshore/core";
import { Pool } from "pg";
import { z } from "zod";
import { postgres } from "../src/index.ts";

/** A process that, when told, runs what is due and prints what it ran, for `processes.test.ts`. */
const [connectionString, schema] = process.argv.slice(2);
const pool = new Pool({ connectionString, max: 4 });
const ran: number[] = [];
const task = defineJob("task", { input: z.object({ n: z.number() }), keep: 0 });
const worker = createWorker(postgres(pool, { schema }), {
  queues: { default: 100 },
  handlers: [handle(task, ({ n }) => void ran.push(n))],
});
console.log("ready");
await once(process.stdin, "data");
await worker.drain();
process.stdin.destroy();
await pool.end();
console.log(JSON.stringify(ran));
