import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { newJob } from "@longshore/conformance/tools";
import { type Server, startRedis } from "@longshore/servers/redis";
import { Redis as Ioredis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type RedisOptions, redis } from "../src/index.ts";
import { glide } from "../src/senders/glide.ts";
import { ioredis } from "../src/senders/ioredis.ts";
import { nodeRedis } from "../src/senders/node-redis.ts";
import { isMissing, openGlide } from "./subject.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const task = defineJob("task", { input: z.object({ n: z.number() }), id: ({ n }) => `task:${n}`, keep: "1h" });

type Opened = Pick<RedisOptions, "send" | "subscribe"> & { end(): unknown };
/** Each as its documentation opens it. */
const clients: Readonly<Record<string, (url: string) => Opened | Promise<Opened>>> = {
  ioredis(url) {
    const client = new Ioredis(url);
    client.on("error", () => {});
    return { ...ioredis(client), end: () => client.disconnect() };
  },
  async "node-redis"(url) {
    const client = createClient({ url });
    await client.connect();
    return { ...nodeRedis(client), end: () => client.destroy() };
  },
  async "Valkey GLIDE"(url) {
    const client = await openGlide(url);
    return { ...glide(client, () => openGlide(url)), end: () => client.close() };
  },
};

/** With `everysec` it writes up to two seconds after its answer while the disk is busy, and a busy machine's is. */
const LOG = { appendfsync: "always" };

describe.skipIf(isMissing)("a server that is killed and comes back (F82)", () => {
  for (const [name, open] of Object.entries(clients)) {
    test(`has lost nothing that it acknowledged to ${name}, and the worker goes on`, async () => {
      const server = await startRedis({ settings: LOG });
      try {
        await survive(server, open);
      } finally {
        await server.stop();
      }
    });
  }
});

async function survive(server: Server, open: (url: string) => Opened | Promise<Opened>): Promise<void> {
  const { end, ...client } = await open(server.url);
  let now = Date.now();
  const jobs = redis({ ...client, clock: () => now, log: silent });
  const queue = createQueue(jobs, { log: silent });
  const acknowledged = new Set<number>();
  const ran = new Set<number>();
  let all = (): void => {};
  const done = new Promise<void>((resolve) => (all = resolve));
  const handlers = [handle(task, ({ n }) => void (ran.add(n).size === 600 && all()))];
  const worker = createWorker(jobs, { log: silent, queues: { default: 20 }, handlers });
  worker.start();
  for (let n = 0; n < 600; n += 50) {
    // In the middle of it all, with calls under way.
    const calls = Array.from({ length: 50 }, async (_, i) => {
      for (;;) {
        try {
          await queue.enqueue(task, { n: n + i });
          acknowledged.add(n + i);
          return;
        } catch {
          // Its outcome is unknown, and it is repeated with the same id.
        }
      }
    });
    if (n % 200 === 100) {
      await server.kill("SIGKILL");
      await server.start();
    }
    await Promise.all(calls);
  }
  // The leases of claims whose answers were lost end.
  const waiting = setInterval(() => (now += 60_000), 500);
  await done;
  clearInterval(waiting);
  const states = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      jobs.get(Array.from({ length: 100 }, (_, k) => ({ id: `task:${i * 100 + k}` }))),
    ),
  );
  await worker.stop();
  await jobs.close();
  end();
  expect(acknowledged.size).toBe(600);
  expect(states.flat().filter((job) => job === undefined)).toEqual([]);
}

describe.skipIf(isMissing)("what a killed server keeps", () => {
  const kept = async (settings: Readonly<Record<string, string>>): Promise<number> => {
    const server = await startRedis({ settings });
    const client = new Ioredis(server.url);
    client.on("error", () => {});
    const jobs = redis({ send: ioredis(client).send });
    await jobs.enqueue(Array.from({ length: 100 }, (_, n) => newJob(`job-${n}`)));
    await server.kill("SIGKILL");
    await server.start();
    const left = (await jobs.list({ limit: 1_000 })).jobs.length;
    client.disconnect();
    await server.stop();
    return left;
  };

  test("is nothing without a log, and everything with one that is written at once", async () => {
    expect(await kept({ appendonly: "no" })).toBe(0);
    expect(await kept(LOG)).toBe(100);
  });
});
