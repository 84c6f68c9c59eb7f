import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { newJob } from "@longshore/conformance/tools";
import { type Server, startRedis, startSentinel } from "@longshore/servers/redis";
import { Redis as Ioredis } from "ioredis";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { redis } from "../src/index.ts";
import { ioredis } from "../src/senders/ioredis.ts";
import { isMissing } from "./subject.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const task = defineJob("task", { input: z.object({ n: z.number() }), id: ({ n }) => `task:${n}`, keep: "1h" });

describe.skipIf(isMissing)("a replica that takes over", () => {
  test("has all but what the old server had not sent yet, and gives no token of that again (F81)", async () => {
    const [old, next] = [await startRedis(), await startRedis()];
    const [before, after] = [new Ioredis(old.url), new Ioredis(next.url)];
    const [one, two] = [redis({ send: ioredis(before).send }), redis({ send: ioredis(after).send })];
    try {
      const { hostname, port } = new URL(old.url);
      await after.replicaof(hostname, port);
      await one.enqueue([newJob("sent"), newJob("held")]);
      const [held] = await one.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
      // The replica has answered.
      expect(await before.wait(1, 0)).toBe(1);
      await after.replicaof("NO", "ONE");
      expect(await one.enqueue([newJob("unsent")])).toEqual([{ status: "created" }]);
      const [lost] = await one.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
      await old.kill("SIGKILL");
      expect((await two.list({ limit: 10 })).jobs.map(({ id }) => id)).toEqual(["held", "sent"]);
      const [again] = await two.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
      expect(again?.id).toBe(lost?.id);
      expect(again?.token).toBeGreaterThan(lost?.token ?? Infinity);
      const outcome = { type: "complete" } as const;
      const settlements = [held, lost, again].map((job) => ({ id: job?.id ?? "", token: job?.token ?? 0, outcome }));
      expect(await two.settle(settlements)).toEqual(["accepted", "stale", "accepted"]);
    } finally {
      before.disconnect();
      after.disconnect();
      await Promise.all([old.stop(), next.stop()]);
    }
  });
});

describe.skipIf(isMissing)("Sentinel, when it replaces a server that was killed", () => {
  test("finds all that a WAIT had confirmed, and the worker goes on", async () => {
    const [old, next] = [await startRedis(), await startRedis()];
    const replica = new Ioredis(next.url);
    const switched = Promise.withResolvers<void>();
    let sentinel: Server | undefined;
    const opened: Ioredis[] = [replica];
    try {
      await replica.replicaof("127.0.0.1", new URL(old.url).port);
      await synchronized(old);
      sentinel = await startSentinel(old, {
        say: (line) => void (line.includes("+switch-master") && switched.resolve()),
      });
      const { hostname: host, port } = new URL(sentinel.url);
      const open = (): Ioredis => {
        const client = new Ioredis({ sentinels: [{ host, port: Number(port) }], name: "primary" });
        client.on("error", () => {});
        opened.push(client);
        return client;
      };
      let now = Date.now();
      const jobs = redis({ ...ioredis(open()), clock: () => now, log: silent });
      const ran = new Set<number>();
      let all = (): void => {};
      const done = new Promise<void>((resolve) => (all = resolve));
      const handlers = [handle(task, ({ n }) => void (ran.add(n).size === 400 && all()))];
      const worker = createWorker(jobs, { log: silent, queues: { default: 20 }, handlers });
      worker.start();

      // Of its own, for a WAIT holds up all that is sent behind it.
      const producer = open();
      const queue = createQueue(redis({ send: ioredis(producer).send, clock: () => now, log: silent }), {
        log: silent,
      });
      const enqueue = (from: number) =>
        queue.enqueueMany(Array.from({ length: 50 }, (_, i) => task.with({ n: from + i })));
      for (let n = 0; n < 200; n += 50) {
        await enqueue(n);
        expect(await producer.wait(1, 0)).toBe(1);
      }
      // Some are taken, and some are under way that nobody has confirmed.
      const unsure = enqueue(200).catch(() => {});
      await old.kill("SIGKILL");
      await switched.promise;
      const kept = await jobs.get(Array.from({ length: 200 }, (_, n) => ({ id: `task:${n}` })));
      expect(kept.filter((job) => job === undefined)).toEqual([]);
      await unsure;
      for (let n = 200; n < 400; n += 50) await enqueue(n);
      // The leases of claims whose answers were lost end.
      const waiting = setInterval(() => (now += 60_000), 500);
      await done;
      clearInterval(waiting);
      await worker.stop();
      await jobs.close();
    } finally {
      for (const client of opened) client.disconnect();
      await Promise.all([sentinel?.stop(), old.stop(), next.stop()]);
    }
  });
});

/** Resolves when its replica has all that it has. */
async function synchronized({ url }: Server): Promise<void> {
  const client = new Ioredis(url);
  try {
    await client.set("anything", "");
    // 0: for as long as it takes.
    await client.wait(1, 0);
  } finally {
    client.disconnect();
  }
}
