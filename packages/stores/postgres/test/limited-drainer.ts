import { once } from "node:events";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { createWorker, handle } from "@longshore/core";
import { Pool } from "pg";
import { postgres } from "../src/index.ts";
import { limitedTask } from "./limited-task.ts";

/**
 * A process that, when told, runs what is due and prints what it ran. Each run is counted in a table while it lasts, by
 * its key and with all others, so that the most of them at a time stand there. The first ones wait until four run, of
 * which two share one of three keys.
 */
const [connectionString, schema] = process.argv.slice(2);
const pool = new Pool({ connectionString, max: 8 });
const ran: number[] = [];
const count = (key: string, by: 1 | -1): Promise<unknown> =>
  pool.query(
    `update ${schema}.gauge set running = running + $2, most = greatest(most, running + $2) where key = any(array[$1, 'all'])`,
    [key, by],
  );
const fourHaveRun = async (): Promise<boolean> => {
  const { rows } = await pool.query(`select from ${schema}.gauge where key = 'all' and most >= 4`);
  return rows.length > 0;
};
const handler = handle(limitedTask, async ({ n, key }) => {
  await count(key, 1);
  ran.push(n);
  while (!(await fourHaveRun())) await setTimeout(5);
  await count(key, -1);
});
const worker = createWorker(postgres(pool, { schema }), { queues: { limited: 2 }, handlers: [handler] });
console.log("ready");
await once(process.stdin, "data");
await worker.drain();
process.stdin.destroy();
await pool.end();
console.log(JSON.stringify(ran));
