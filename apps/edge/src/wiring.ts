import { cloudflareQueues, consume } from "@longshore/cloudflare-queues";
import { createQueue, createWorker } from "@longshore/core";
import { type ObjectRunner, durableObjects } from "@longshore/durable-objects";
import { paired } from "@longshore/paired";
import { handlers } from "./handlers.ts";
import { createLog } from "./log.ts";
import { schedulesOf } from "./schedules.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";

/** All that knows where jobs live: in a Durable Object, from which a Cloudflare Queue carries them to `queue()`. */
export type Wiring = {
  readonly services: Services;
  /** Whom the object gives what is due: it sends it through the queue. */
  readonly dispatcher: ObjectRunner;
  /** Runs what came through the queue. Never rejects. */
  consume(batch: MessageBatch): Promise<void>;
  /** Fires what schedules ask for. */
  tick(): Promise<unknown>;
};

/** Made per invocation: it holds nothing. */
export function wire(env: Cloudflare.Env): Wiring {
  const log = createLog(env);
  const lease = leaseOf(env);
  const store = durableObjects(env.JOBS, { ...lease, stats: true });
  const broker = cloudflareQueues({ queue: env.CARRIER, deadLetters: env.CARRIER_DEAD });
  // Twice as long with each attempt, so that what is claimed again has the lease again, and not a minute at its last.
  const jobs = paired(store, broker, lease && { transit: Math.ceil(lease.lease / 2) });
  const records = env.RECORDS.getByName("records");
  const services: Services = { store: jobs, queue: createQueue(jobs, log), records, log };
  const worker = createWorker(jobs, {
    handlers: handlers({ settings: env, services, sweep: () => store.wake() }),
    schedules: schedulesOf(env),
    // Each attempt has its line already.
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

/** Undefined: the default, with which one job's loss is another's half minute. Object and client must say the same. */
export function leaseOf({ DEV_LEASE_MS }: Settings): { readonly lease: number } | undefined {
  return DEV_LEASE_MS === undefined ? undefined : { lease: Number(DEV_LEASE_MS) };
}
