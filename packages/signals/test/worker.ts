import { type Handler, createWorker } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { type DurableObjectsOptions, JobsObject, durableObjects, jobsRunner } from "@longshore/durable-objects";

/** The objects' time as the tests have it, which run in their isolate. */
export const time = { aheadMs: 0 };

/** Keeps jobs, has them run, and counts. */
export class Jobs extends JobsObject<Cloudflare.Env> {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { clock: () => Date.now() + time.aheadMs, stats: statistics() });
  }
}

/** What the tests put into the runner. */
export const crew: { handlers: Handler[]; adapter: DurableObjectsOptions } = { handlers: [], adapter: {} };

export const JobsRunner = jobsRunner((env: Cloudflare.Env) =>
  createWorker(durableObjects(env.JOBS, crew.adapter), { handlers: crew.handlers }),
);

export default {} satisfies ExportedHandler;

declare global {
  namespace Cloudflare {
    interface Env {
      readonly JOBS: DurableObjectNamespace<Jobs>;
      readonly EVENTS: AnalyticsEngineDataset;
    }
  }
}
