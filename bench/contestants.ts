import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { type MemoryOptions, memory } from "@longshore/memory";
import { MemoryStorage, Queue as PlatformaticQueue } from "@platformatic/job-queue";
import fastq from "fastq";
import PQueue from "p-queue";
import { z } from "zod";

/** One library that does the benchmark's work: `jobs` jobs that each add their number to a sum. */
export type Contestant = {
  readonly name: string;
  /** Enqueues one by one, then runs all; returns how long each part took, in ms. */
  run(jobs: number): Promise<{ enqueueMs: number; drainMs: number }>;
};

/** How many jobs run at a time, in every library. */
export const CONCURRENCY = 100;

const longshore = (name: string, options: () => MemoryOptions): Contestant => ({
  name,
  async run(jobs) {
    const work = newWork();
    // Keeps nothing, like the others, but does the whole lifecycle: schema twice, JSON, lease, settle.
    const add = defineJob("add", { input: z.object({ n: z.number() }), keep: 0 });
    const adapter = memory(options());
    const queue = createQueue(adapter);
    const worker = createWorker(adapter, {
      handlers: [handle(add, async ({ n }) => work.add(n))],
      queues: { default: CONCURRENCY },
    });
    const enqueueMs = await timed(async () => {
      for (let n = 0; n < jobs; n++) await queue.enqueue(add, { n });
    });
    const drainMs = await timed(() => worker.drain());
    work.check(jobs);
    return { enqueueMs, drainMs };
  },
});

const pQueue: Contestant = {
  name: "p-queue",
  async run(jobs) {
    const work = newWork();
    const queue = new PQueue({ concurrency: CONCURRENCY, autoStart: false });
    const enqueueMs = await timed(async () => {
      for (let n = 0; n < jobs; n++) void queue.add(async () => work.add(n));
    });
    const drainMs = await timed(async () => {
      queue.start();
      await queue.onIdle();
    });
    work.check(jobs);
    return { enqueueMs, drainMs };
  },
};

const fastqQueue: Contestant = {
  name: "fastq",
  async run(jobs) {
    const work = newWork();
    const queue = fastq.promise(async (n: number) => work.add(n), CONCURRENCY);
    queue.pause();
    const enqueueMs = await timed(async () => {
      for (let n = 0; n < jobs; n++) void queue.push(n);
    });
    const drainMs = await timed(async () => {
      queue.resume();
      await queue.drained();
    });
    work.check(jobs);
    return { enqueueMs, drainMs };
  },
};

const platformatic: Contestant = {
  name: "@platformatic/job-queue",
  async run(jobs) {
    const work = newWork();
    const storage = new MemoryStorage();
    const queue = new PlatformaticQueue<{ n: number }, number>({ storage, concurrency: CONCURRENCY });
    const drained = Promise.withResolvers<void>();
    const producer = new PlatformaticQueue<{ n: number }, number>({ storage });
    await producer.start();
    const enqueueMs = await timed(async () => {
      for (let n = 0; n < jobs; n++) await producer.enqueue(String(n), { n });
    });
    const drainMs = await timed(async () => {
      queue.execute(async ({ payload }: { payload: { n: number } }) => {
        work.add(payload.n);
        if (work.done() === jobs) drained.resolve();
        // This library retries a handler without a result, because its codec refuses undefined.
        return payload.n;
      });
      await queue.start();
      await drained.promise;
    });
    await queue.stop();
    await producer.stop();
    work.check(jobs);
    return { enqueueMs, drainMs };
  },
};

/**
 * What a job that is data costs at least: an id, its JSON in a Map, and a handler that waits for its turn. Without a schema,
 * a lease, a retry or an end that is told.
 */
const bareMap: Contestant = {
  name: "a Map of JSON",
  async run(jobs) {
    const work = newWork();
    const rows = new Map<string, string>();
    const enqueue = async (input: unknown): Promise<void> => void rows.set(crypto.randomUUID(), JSON.stringify(input));
    const enqueueMs = await timed(async () => {
      for (let n = 0; n < jobs; n++) await enqueue({ n });
    });
    const waiting = rows.entries();
    const slot = async (): Promise<void> => {
      for (const [id, text] of waiting) {
        await (async ({ n }: { n: number }) => work.add(n))(JSON.parse(text) as { n: number }); // as enqueued
        rows.delete(id);
      }
    };
    const drainMs = await timed(() => Promise.all(Array.from({ length: CONCURRENCY }, slot)));
    work.check(jobs);
    return { enqueueMs, drainMs };
  },
};

export const PLAIN = "longshore";
export const COUNTED = "longshore, with statistics";

export const contestants: readonly Contestant[] = [
  longshore(PLAIN, () => ({})),
  longshore(COUNTED, () => ({ stats: statistics() })),
  pQueue,
  fastqQueue,
  platformatic,
  bareMap,
];

/** The work, and the check that each job was done once. */
function newWork() {
  let sum = 0;
  let done = 0;
  return {
    add(n: number): void {
      sum += n;
      done++;
    },
    done: () => done,
    check(jobs: number): void {
      if (done !== jobs || sum !== (jobs * (jobs - 1)) / 2) throw new Error(`ran ${done} of ${jobs} jobs`);
    },
  };
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
