import { env } from "cloudflare:workers";
import { statistics } from "@longshore/core/stats";
import { JobsObject, jobsRunner } from "@longshore/durable-objects";
import { createApp } from "./app.ts";
import { createLog } from "./log.ts";
import { Records } from "./records.ts";
import type { Settings } from "./settings.ts";
import { leaseOf, wire } from "./wiring.ts";

export { Records };

/** Keeps the jobs of all queues, and counts them. */
export class Jobs extends JobsObject<Cloudflare.Env> {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { ...leaseOf(env), log: createLog(env).log, stats: statistics() });
  }
}

/** Runs due jobs for `Jobs`. */
export const JobsRunner = jobsRunner((env: Cloudflare.Env) => wire(env).dispatcher);

const app = createApp(() => wire(env).services);

const worker = {
  fetch: app.fetch,
  queue: (batch, env) => wire(env).consume(batch),
  async scheduled(_controller, env) {
    // All triggers do the same.
    await wire(env).tick();
  },
} satisfies ExportedHandler<Cloudflare.Env>;
export default worker;

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      readonly mainModule: {
        readonly default: typeof worker;
        readonly Jobs: typeof Jobs;
        readonly JobsRunner: typeof JobsRunner;
        readonly Records: typeof Records;
      };
    }
    /** The bindings in wrangler.jsonc. */
    interface Env extends Settings {
      /** Keeps the jobs. */
      readonly JOBS: DurableObjectNamespace<Jobs>;
      /**
       * The queue that carries jobs to the code that runs them, and the one for messages that the platform gives up.
       */
      readonly CARRIER: Queue;
      readonly CARRIER_DEAD: Queue;
      readonly RECORDS: DurableObjectNamespace<Records>;
    }
  }
}
