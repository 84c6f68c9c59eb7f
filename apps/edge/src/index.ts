import { env } from "cloudflare:workers";
import { JobsObject, jobsRunner } from "@longshore/durable-objects";
import { createApp } from "./app.ts";
import { leaseOf, wire } from "./wiring.ts";

export { Records } from "./records.ts";

/** Keeps the jobs of all queues. */
export class Jobs extends JobsObject<Cloudflare.Env> {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, leaseOf(env));
  }
}

/** Whom `Jobs` calls with what is due. */
export const JobsRunner = jobsRunner((env: Cloudflare.Env) => wire(env).forwarder);

const app = createApp(() => wire(env).services);

export default {
  fetch: app.fetch,
  queue: (batch, env) => wire(env).consume(batch),
  async scheduled(_controller, env) {
    // Whichever trigger it was.
    await wire(env).tick();
  },
} satisfies ExportedHandler<Cloudflare.Env>;
