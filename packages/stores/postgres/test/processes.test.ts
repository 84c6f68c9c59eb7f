import { execFile } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { postgres } from "../src/index.ts";
import { limitedTask } from "./limited-task.ts";
import { type Server, startServer } from "@longshore/servers/postgres";

const url = inject("postgres");
const task = defineJob("task", { input: z.object({ n: z.number() }), id: ({ n }) => `task:${n}`, keep: 0 });
const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe.skipIf(url === undefined)("several processes", () => {
  const pool = new Pool({ connectionString: url, max: 4 });
  afterAll(() => pool.end());

  test("run 20 000 jobs, and none of them twice", async () => {
    await pool.query("drop schema if exists processes cascade");
    const jobs = postgres(pool, { schema: "processes" });
    await jobs.migrate();
    const queue = createQueue(jobs);
    const all = Array.from({ length: 20_000 }, (_, n) => n);
    for (let n = 0; n < all.length; n += 1_000) {
      await queue.enqueueMany(all.slice(n, n + 1_000).map((i) => task.with({ n: i })));
    }
    const drainer = fileURLToPath(new URL("drainer.ts", import.meta.url));
    const drainers = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, [drainer, url ?? "", "processes"], { maxBuffer: 2 ** 24 }),
    );
    // All begin at the same time.
    await Promise.all(drainers.map(({ child }) => once(child.stdout ?? child, "data")));
    for (const { child } of drainers) child.stdin?.write("go\n");
    const drained = await Promise.all(drainers);
    const ran = drained.map(({ stdout }) => JSON.parse(stdout.split("\n")[1] ?? "") as number[]);
    expect(ran.filter((those) => those.length > 0).length).toBeGreaterThan(1);
    expect(ran.flat().sort((a, b) => a - b)).toEqual(all);
    expect((await pool.query("select count(*) from processes.job")).rows).toEqual([{ count: "0" }]);
  });
});

describe.skipIf(url === undefined)("limits over several processes", () => {
  const pool = new Pool({ connectionString: url, max: 4 });
  afterAll(() => pool.end());

  test("are never exceeded: two at a time of each key, four of the queue, and all jobs run", async () => {
    await pool.query("drop schema if exists limited cascade");
    const jobs = postgres(pool, { schema: "limited" });
    await jobs.migrate();
    await pool.query(
      "create table limited.gauge (key text primary key, running int not null default 0, most int not null default 0)",
    );
    await pool.query("insert into limited.gauge (key) values ('a'), ('b'), ('c'), ('all')");
    const queue = createQueue(jobs);
    const keys = ["a", "b", "c"];
    await queue.enqueueMany(Array.from({ length: 600 }, (_, n) => limitedTask.with({ n, key: keys[n % 3] ?? "" })));
    const drainer = fileURLToPath(new URL("limited-drainer.ts", import.meta.url));
    const drainers = Array.from({ length: 3 }, () =>
      promisify(execFile)(process.execPath, [drainer, url ?? "", "limited"], { maxBuffer: 2 ** 24 }),
    );
    // All begin at the same time.
    await Promise.all(drainers.map(({ child }) => once(child.stdout ?? child, "data")));
    for (const { child } of drainers) child.stdin?.write("go\n");
    const ran = (await Promise.all(drainers)).map(({ stdout }) => JSON.parse(stdout.split("\n")[1] ?? "") as number[]);
    expect(ran.filter((those) => those.length > 0).length).toBeGreaterThan(1);
    expect(ran.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, n) => n));
    const { rows } = await pool.query("select key, running, most from limited.gauge order by key");
    for (const { key, running, most } of rows) {
      expect([key, running, most <= (key === "all" ? 4 : 2)]).toEqual([key, 0, true]);
    }
    // They were at their limits, or nothing was tried.
    expect(Math.max(...rows.filter(({ key }) => key !== "all").map(({ most }) => most))).toBe(2);
  });
});

describe.skipIf(url === undefined)("a server that crashes", () => {
  test("loses nothing that was acknowledged, and a worker goes on when it is back", async () => {
    const server = await startServer({ safe: true });
    if ("missing" in server) throw new Error(server.missing);
    try {
      await survive(server);
    } finally {
      server.stop();
    }
  });
});

async function survive(server: Server): Promise<void> {
  const pool = new Pool({ connectionString: server.url, max: 6 });
  let now = Date.now();
  const jobs = postgres(pool, { clock: () => now, log: silent });
  await jobs.migrate();
  const queue = createQueue(jobs, { log: silent });
  const acknowledged = new Set<number>();
  const ran = new Map<number, number>();
  const worker = createWorker(jobs, {
    log: silent,
    queues: { default: 20 },
    handlers: [handle(task, ({ n }) => void ran.set(n, (ran.get(n) ?? 0) + 1))],
  });
  worker.start();
  let crashes = 0;
  for (let n = 0; n < 2_000; n += 50) {
    const some = Array.from({ length: 50 }, (_, i) => n + i);
    // In the middle of it all, with calls under way.
    const calls = some.map(async (i) => {
      for (;;) {
        try {
          await queue.enqueue(task, { n: i });
          acknowledged.add(i);
          return;
        } catch {
          // Its outcome is unknown, and it is repeated with the same id.
        }
      }
    });
    if (n % 500 === 250) {
      server.crash();
      crashes++;
    }
    await Promise.all(calls);
  }
  // The leases of claims whose answers were lost end.
  const waiting = async (): Promise<number> => (await jobs.list({ limit: 1 })).jobs.length;
  while ((await waiting()) > 0) now += 60_000;
  await worker.stop();
  await pool.end();
  expect([crashes, acknowledged.size]).toEqual([4, 2_000]);
  expect([...acknowledged].filter((n) => !ran.has(n))).toEqual([]);
}
