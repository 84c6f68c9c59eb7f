import BeeQueue from "bee-queue";
import { Queue as BullQueue, Worker as BullWorker } from "bullmq";
import { redis } from "@longshore/redis";
import { glide } from "@longshore/redis/glide";
import { ioredis } from "@longshore/redis/ioredis";
import { nodeRedis } from "@longshore/redis/node-redis";
import { GlideClient, Logger } from "@valkey/valkey-glide";
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { Contestant } from "../comparison.ts";
import { bareLoopOver, longshoreOver } from "../longshore.ts";

/** Where each job is fetched by itself: more make the others no faster here. */
const CONCURRENCY = 100;

const longshore: Contestant = {
  name: "longshore",
  async open(url, ran) {
    const client = new Redis(url);
    client.on("error", () => {});
    const jobs = redis({ ...ioredis(client) });
    return longshoreOver(jobs, ran, () => client.quit());
  },
};

const bareLoop: Contestant = {
  name: "bare loop",
  async open(url, ran) {
    const client = new Redis(url);
    client.on("error", () => {});
    const jobs = redis({ send: ioredis(client).send, prefix: "{bare}:" });
    return bareLoopOver(jobs, ran, () => client.quit());
  },
};

/** Not in the comparison of speeds: there is one client on each side. */
export const overNodeRedis: Contestant = {
  name: "longshore, node-redis",
  async open(url, ran) {
    const client = createClient({ url });
    client.on("error", () => {});
    await client.connect();
    // A queue of its own: the other one has the same server.
    const jobs = redis({ ...nodeRedis(client), prefix: "{node-redis}:" });
    return longshoreOver(jobs, ran, () => client.close());
  },
};

/** Not in the comparison of speeds, either. */
export const overGlide: Contestant = {
  name: "longshore, GLIDE",
  async open(url, ran) {
    Logger.setLoggerConfig("off"); // it prints each error
    const { hostname: host, port } = new URL(url);
    const connect = () =>
      GlideClient.createClient({ addresses: [{ host, port: Number(port) }], requestTimeout: 10_000 });
    const client = await connect();
    const jobs = redis({ ...glide(client, connect), prefix: "{glide}:" });
    return longshoreOver(jobs, ran, () => client.close());
  },
};

/** Of a completed job nothing is kept, as with the others. */
const bullmq: Contestant = {
  name: "bullmq",
  async open(url, ran) {
    const connection = { url, maxRetriesPerRequest: null };
    const queue = new BullQueue("task", { connection, defaultJobOptions: { removeOnComplete: true } });
    await queue.waitUntilReady();
    return {
      enqueue: (n) => queue.add("task", { n }),
      enqueueMany: (all) => queue.addBulk(all.map((n) => ({ name: "task", data: { n } }))),
      async work() {
        const worker = new BullWorker<{ n: number }>("task", async ({ data }) => ran(data.n), {
          connection,
          concurrency: CONCURRENCY,
        });
        worker.on("error", console.error);
        await worker.waitUntilReady();
        return () => worker.close();
      },
      close: () => queue.close(),
    };
  },
};

/** Without events, and nothing is kept of a job that succeeded. */
const beeQueue: Contestant = {
  name: "bee-queue",
  async open(url, ran) {
    const settings = { redis: { url }, getEvents: false, sendEvents: false, storeJobs: false, removeOnSuccess: true };
    const open = async (isWorker: boolean): Promise<BeeQueue<{ n: number }>> =>
      new BeeQueue<{ n: number }>("task", { ...settings, isWorker }).ready();
    const queue = await open(false);
    return {
      enqueue: (n) => queue.createJob({ n }).save(),
      enqueueMany: (all) => queue.saveAll(all.map((n) => queue.createJob({ n }))),
      async work() {
        const worker = await open(true);
        worker.process(CONCURRENCY, async ({ data }) => ran(data.n));
        return () => worker.close();
      },
      close: () => queue.close(),
    };
  },
};

export const contestants: readonly Contestant[] = [longshore, bareLoop, bullmq, beeQueue];
