import { cloudflareQueues, consume } from "@longshore/cloudflare-queues";
import { createQueue, createWorker } from "@longshore/core";
import { type ObjectRunner, durableObjects } from "@longshore/durable-objects";
import { paired } from "@longshore/paired";
import { handlers } from "./handlers.ts";
import { createLog } from "./log.ts";
import { schedulesOf } from "./schedules.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";

/** Decides where jobs live: in a Durable Object. A Cloudflare Queue carries them to `queue()`. */
export type Wiring = {
  readonly services: Services;
  /** Receives due jobs from the object, and sends them through the queue. */
  readonly dispatcher: ObjectRunner;
  /** Runs jobs from the queue. Never rejects. */
  consume(batch: MessageBatch): Promise<void>;
  /** Fires due schedules. */
  tick(): Promise<unknown>;
};

/** Made per invocation; it keeps nothing. */
export function wire(env: Cloudflare.Env): Wiring {
  const log = createLog(env);
  const lease = leaseOf(env);
  const store = durableObjects(env.JOBS, { ...lease, stats: true });
  const broker = cloudflareQueues({ queue: env.CARRIER, deadLetters: env.CARRIER_DEAD });
  // The transit time doubles with each attempt, so half a lease gives a job that is claimed again one whole lease.
  const jobs = paired(store, broker, lease && { transit: Math.ceil(lease.lease / 2) });
  const records = env.RECORDS.getByName("records");
  const services: Services = { store: jobs, queue: createQueue(jobs, log), records, log };
  const worker = createWorker(jobs, {
    handlers: handlers({ settings: env, services, sweep: () => store.wake() }),
    schedules: schedulesOf(env),
    // Each attempt already has a line.
    logFailures: false,
    ...log,
  });
  return {
    services,
    dispatcher: { run: jobs.dispatch, tick: worker.tick },
    consume: (batch) => consume(batch, { broker, worker: jobs.runner(worker), log: log.log }),
    tick: worker.tick,
  };
}

/** Undefined: the default, with which a lost job takes half a minute to return. Object and client need the same. */
export function leaseOf({ DEV_LEASE_MS }: Settings): { readonly lease: number } | undefined {
  return DEV_LEASE_MS === undefined ? undefined : { lease: Number(DEV_LEASE_MS) };
}
