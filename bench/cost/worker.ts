import { type CloudflareQueues, cloudflareQueues, consume } from "@longshore/cloudflare-queues";
import { createWorker, handle } from "@longshore/core";
import type { Stats } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { type DurableObjects, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { type Paired, paired } from "@longshore/paired";
import { alertJob } from "@longshore/signals";
import { overD1 } from "./d1.ts";
import { meterOf } from "./meter.ts";
import { MeteredObject } from "./object.ts";
import { LEASE_MS, type Measured, QUEUE_OPERATIONS_PER_MESSAGE } from "./prices.ts";
import { type Place, handlers, scenarios } from "./scenarios.ts";
import { signals } from "./signals.ts";

/** The only object whose jobs the queue carries: its consumer must know the object. */
const PAIR = "paired";

/** An object that runs its own jobs. */
export class Own extends MeteredObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, "JobsRunner");
  }
}
/** An object that sends its jobs through the queue. */
export class Pair extends MeteredObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, "PairRunner");
  }
}
/** Like `Own`, and counts. */
export class Counted extends MeteredObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, "CountedRunner", statistics());
  }
}

/** Some jobs fail on purpose. */
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const ownOf = (env: Cloudflare.Env, name: string): DurableObjects => durableObjects(env.OWN, { name, lease: LEASE_MS });
const countedOf = (env: Cloudflare.Env, name: string): DurableObjects & Stats =>
  durableObjects(env.COUNTED, { name, lease: LEASE_MS, stats: true });
const brokerOf = (env: Cloudflare.Env): CloudflareQueues =>
  cloudflareQueues({ queue: env.CARRIER, deadLetters: env.DEAD });
const pairOf = (env: Cloudflare.Env): Paired<DurableObjects> =>
  paired(durableObjects(env.PAIR, { name: PAIR, lease: LEASE_MS }), brokerOf(env));

export const JobsRunner = jobsRunner((env: Cloudflare.Env, ctx) => {
  const { object } = ctx.props as { object: string }; // set by the object
  return createWorker(ownOf(env, object), { handlers, log: quiet });
});

export const CountedRunner = jobsRunner((env: Cloudflare.Env, ctx) => {
  const { object } = ctx.props as { object: string }; // set by the object
  return createWorker(countedOf(env, object), { handlers: [...handlers, handle(alertJob, () => {})] });
});

export const PairRunner = jobsRunner((env: Cloudflare.Env) => {
  const jobs = pairOf(env);
  return { run: jobs.dispatch, tick: createWorker(jobs, { handlers }).tick };
});

function placeOf(env: Cloudflare.Env, scenario: string): Place {
  if (scenario.startsWith(PAIR)) return { jobs: pairOf(env), object: env.PAIR.getByName(PAIR), meter: meterOf(PAIR) };
  return { jobs: ownOf(env, scenario), object: env.OWN.getByName(scenario), meter: meterOf(scenario) };
}

async function measure(env: Cloudflare.Env, name: string): Promise<Measured | undefined> {
  const plain = Object.entries(scenarios).find(([known]) => known === name)?.[1];
  if (plain !== undefined) return plain(placeOf(env, name));
  const database = Object.entries(overD1).find(([known]) => known === name)?.[1];
  if (database !== undefined) return database(env.DB);
  const counting = Object.entries(signals).find(([known]) => known === name)?.[1];
  return counting?.({
    jobs: countedOf(env, name),
    object: env.COUNTED.getByName(name),
    meter: meterOf(name),
  });
}

export default {
  /** `/<scenario>` runs it and returns what each of its jobs cost. */
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1);
    const measured = await measure(env, name);
    return measured === undefined ? new Response("no such scenario", { status: 404 }) : Response.json(measured);
  },
  async queue(batch, env) {
    meterOf(PAIR).operations += batch.messages.length * QUEUE_OPERATIONS_PER_MESSAGE;
    const jobs = pairOf(env);
    await consume(batch, { broker: brokerOf(env), worker: jobs.runner(createWorker(jobs, { handlers })) });
  },
} satisfies ExportedHandler<Cloudflare.Env>;

declare global {
  namespace Cloudflare {
    interface Env {
      readonly OWN: DurableObjectNamespace<Own>;
      readonly PAIR: DurableObjectNamespace<Pair>;
      readonly COUNTED: DurableObjectNamespace<Counted>;
      readonly CARRIER: Queue;
      readonly DEAD: Queue;
      readonly DB: D1Database;
    }
  }
}
