import type { ClaimedJob } from "@longshore/core/adapter";
import { WorkerEntrypoint } from "cloudflare:workers";

/** What runs jobs: a worker of the core. */
export type JobsWorker = { run(jobs: readonly ClaimedJob[]): Promise<unknown>; tick(): Promise<unknown> };

/** The class of an entry point that an object can call. */
export type JobsRunnerClass<Env> = new (
  ctx: ExecutionContext,
  env: Env,
) => WorkerEntrypoint<Env> & { run(jobs: ClaimedJob[]): Promise<void>; tick(): Promise<void> };

/**
 * Makes the stateless entry point in which jobs run, outside of the object and as many at a time as there are. Export
 * it as `JobsRunner`; `make` is called for each batch, because bindings arrive with it.
 *
 * ```ts
 * export const JobsRunner = jobsRunner((env: Env) =>
 *   createWorker(durableObjects(env.JOBS), { handlers: [handle(welcome, sendWelcome)] }),
 * );
 * ```
 */
export function jobsRunner<Env = unknown>(make: (env: Env, ctx: ExecutionContext) => JobsWorker): JobsRunnerClass<Env> {
  return class JobsRunner extends WorkerEntrypoint<Env> {
    run(jobs: ClaimedJob[]): Promise<void> {
      return this.#hold(make(this.env, this.ctx).run(jobs));
    }
    tick(): Promise<void> {
      return this.#hold(make(this.env, this.ctx).tick());
    }
    /** Whoever called may be reset meanwhile: what runs here goes on, and settles through a new stub. */
    async #hold(work: Promise<unknown>): Promise<void> {
      this.ctx.waitUntil(work.catch(() => {}));
      await work;
    }
  };
}
