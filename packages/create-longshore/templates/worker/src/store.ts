import { statistics } from "@longshore/core/stats";
import { JobsObject } from "@longshore/durable-objects";

/** The bindings of wrangler.jsonc, and the secrets of .dev.vars. */
export interface Env {
  readonly JOBS: DurableObjectNamespace<Jobs>;
  readonly DASHBOARD_PASSWORD?: string;
  readonly LONGSHORE_TOKEN?: string;
}

/** Stores the jobs. One that is due starts in the call that enqueues it; for later ones the object sets its alarm. */
export class Jobs extends JobsObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, { stats: statistics() });
  }
}
