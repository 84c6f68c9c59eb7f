import { type CloudflareQueues, cloudflareQueues } from "@longshore/cloudflare-queues";
import { statistics } from "@longshore/core/stats";
import { JobsObject, durableObjects } from "@longshore/durable-objects";
import { paired } from "@longshore/paired";

/** The bindings of wrangler.jsonc, and the secrets of .dev.vars. */
export interface Env {
  readonly JOBS: DurableObjectNamespace<Jobs>;
  readonly CARRIER: Queue;
  readonly CARRIER_DEAD: Queue;
  readonly DASHBOARD_PASSWORD?: string;
  readonly LONGSHORE_TOKEN?: string;
}

/** Stores the jobs: their states, their dead letters, the schedules. It hands out what is due. */
export class Jobs extends JobsObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, { stats: statistics() });
  }
}

/** The queue that carries them to where they run. */
export function brokerOf({ CARRIER, CARRIER_DEAD }: Env): CloudflareQueues {
  return cloudflareQueues({ queue: CARRIER, deadLetters: CARRIER_DEAD });
}

/** Both, as one adapter. */
export function jobsOf(env: Env) {
  return paired(durableObjects(env.JOBS, { stats: true }), brokerOf(env));
}
