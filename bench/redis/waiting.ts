import { createQueue, defineJob } from "@longshore/core";
import { redis } from "@longshore/redis";
import { ioredis } from "@longshore/redis/ioredis";
import { type Server, startRedis } from "@longshore/servers/redis";
import { Redis } from "ioredis";
import { z } from "zod";

const FEW = 10_000;
const MANY = 1_000_000;
const MEASURED = 5_000;

/** What waiting jobs cost the server. */
export type WaitingFigures = {
  readonly bytesAJob: number;
  /** Processor time of the server for a job that is claimed and settled, by hundreds, in µs, by how many wait. */
  readonly serverMicroseconds: Readonly<Record<number, number>>;
};

export async function waitingFigures(say: (text: string) => void): Promise<WaitingFigures> {
  const server = await startRedis();
  const client = new Redis(server.url);
  try {
    // To write its log anew it forks, and then each page that is written is copied first: that would be measured.
    await client.config("SET", "appendonly", "no");
    const jobs = redis({ send: ioredis(client).send });
    const task = defineJob("task", { input: z.object({ n: z.number() }), keep: 0 });
    const queue = createQueue(jobs);
    const fill = async (amount: number): Promise<void> => {
      for (let n = 0; n < amount; n += 1_000) {
        await queue.enqueueMany(Array.from({ length: 1_000 }, (_, i) => task.with({ n: n + i })));
      }
    };
    say(`Redis: ${FEW} jobs wait`);
    const before = await memoryOf(client);
    await fill(FEW + 2 * MEASURED);
    await costOf(jobs, server); // warms up
    const few = await costOf(jobs, server);
    say(`Redis: ${MANY} jobs wait`);
    await fill(MANY + 2 * MEASURED - FEW);
    const bytes = ((await memoryOf(client)) - before) / (MANY + 2 * MEASURED);
    await costOf(jobs, server); // as before
    const many = await costOf(jobs, server);
    return { bytesAJob: Math.round(bytes), serverMicroseconds: { [FEW]: round1(few), [MANY]: round1(many) } };
  } finally {
    client.disconnect();
    await server.stop();
  }
}

async function costOf(jobs: Pick<ReturnType<typeof redis>, "claim" | "settle">, server: Server): Promise<number> {
  const before = server.cpu();
  let done = 0;
  while (done < MEASURED) {
    const taken = await jobs.claim({ queues: [{ name: "default", limit: 100 }], leaseMs: 30_000 });
    await jobs.settle(taken.map((job) => ({ ...job, outcome: { type: "complete" } as const })));
    done += taken.length;
  }
  return (server.cpu() - before) / done;
}

async function memoryOf(client: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
