import { DurableObject } from "cloudflare:workers";
import { type Jobs, type JobsOptions, createJobs } from "./host.ts";
import type { Call, JobsMethod, Reply } from "../wire.ts";

/**
 * A Durable Object that keeps all jobs of an app, and lets the entry point `JobsRunner` run them. Extend it as it is,
 * or to pass options:
 *
 * ```ts
 * export class Jobs extends JobsObject {}
 * ```
 */
export class JobsObject<Env = unknown> extends DurableObject<Env> implements JobsMethod {
  readonly #jobs: Jobs;

  constructor(ctx: DurableObjectState, env: Env, options: JobsOptions = {}) {
    super(ctx, env);
    this.#jobs = createJobs(ctx, options);
  }

  /** For the client adapter. */
  jobs(call: Call): Promise<Reply> {
    return this.#jobs.jobs(call);
  }

  override alarm(): void {
    this.#jobs.alarm();
  }
}
