import { type CloudflareQueues, cloudflareQueues, consume } from "@longshore/cloudflare-queues";
import { type Handler, createWorker } from "@longshore/core";
import { type DurableObjects, JobsObject, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { type Memory, memory } from "@longshore/memory";
import { type Paired, paired } from "../src/index.ts";

/** What the tests put into the consumer: it runs in their isolate. */
export const consumer: { handlers: Handler[] } = { handlers: [] };

const store = memory();

/** Dispatched in the background. */
export function memoryPair(broker: CloudflareQueues, background: (work: Promise<unknown>) => void): Paired<Memory> {
  return paired(store, broker, { background });
}

/** Never asked to dispatch: the object hands out its jobs by itself. */
export function objectPair(env: Cloudflare.Env): Paired<DurableObjects> {
  return paired(durableObjects(env.OBJECTS), cloudflareQueues({ queue: env.OBJECT_JOBS, deadLetters: env.DEAD }));
}

export class Jobs extends JobsObject {}

/** Time as the tests have it: they run in the isolate of the objects. */
export const time = { now: (): number => Date.now() };

/** Keeps jobs and hands out none: `dispatchDue` does. */
export class Keeper extends JobsObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { clock: () => time.now(), runner: false });
  }
}

export const JobsRunner = jobsRunner((env: Cloudflare.Env) => {
  const jobs = objectPair(env);
  return { run: jobs.dispatch, tick: createWorker(jobs, consumer).tick };
});

export default {
  async queue(batch, env, ctx) {
    const queue = batch.queue === "jobs" ? env.JOBS : env.OBJECT_JOBS;
    const broker = cloudflareQueues({ queue, deadLetters: env.DEAD });
    const jobs = batch.queue === "jobs" ? memoryPair(broker, (work) => ctx.waitUntil(work)) : objectPair(env);
    await consume(batch, { broker, worker: jobs.runner(createWorker(jobs, consumer)) });
  },
} satisfies ExportedHandler<Cloudflare.Env>;

declare global {
  namespace Cloudflare {
    interface Env {
      readonly OBJECTS: DurableObjectNamespace<Jobs>;
      readonly KEEPER: DurableObjectNamespace<Keeper>;
      readonly JOBS: Queue;
      readonly OBJECT_JOBS: Queue;
      readonly DEAD: Queue;
    }
  }
}
