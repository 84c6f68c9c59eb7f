/** Runs jobs of a Redis until it is told to stop, as a container is. */
import process from "node:process";
import { createWorker, handle } from "@longshore/core";
import { redis } from "@longshore/redis";
import { ioredis } from "@longshore/redis/ioredis";
import { Redis } from "ioredis";
import { welcome } from "./jobs.ts";

const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost:6379");
client.on("error", (error) => console.error({ message: "the connection to Redis failed", error: error.message }));
const jobs = redis({ ...ioredis(client) });

const handlers = [handle(welcome, ({ userId }, { log }) => log.info("welcome", { userId }))];
const worker = createWorker(jobs, { handlers, queues: { default: 20 } });
worker.start();

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    // Docker kills after 10 s, Kubernetes after 30, unless told otherwise.
    await worker.stop({ grace: "8s" });
    await jobs.close();
    client.disconnect();
  });
}
