import { LongshoreError } from "@longshore/core";
import { type ClaimedJob, type JobRunner, aFunction } from "@longshore/core/adapter";
import { WorkerEntrypoint } from "cloudflare:workers";

/** Who runs what the object hands out, and fires its schedules: a worker of the core, and the entry point around it. */
export type ObjectRunner = JobRunner & {
  /** Looks at the schedules, and prunes; with names, at these schedules alone. */
  tick(only?: readonly string[]): Promise<unknown>;
};

const NO_QUEUES =
  "A worker in jobsRunner runs one batch, so its `queues` would limit nothing. Give them to the object: super(ctx, env, { queues }) in its constructor.";

/** The class of an entry point that an object can call. */
export type RunnerEntrypointClass<Env> = new (
  ctx: ExecutionContext,
  env: Env,
) => WorkerEntrypoint<Env> & { run(jobs: ClaimedJob[]): Promise<void>; tick(only?: readonly string[]): Promise<void> };

/**
 * Makes the stateless entry point in which jobs run, outside of the object and as many at a time as there are. Export
 * it as `JobsRunner`; `make` is called for each batch, because bindings arrive with it. Refuses a worker that was made
 * with `queues`, which would hold within one batch alone: the object has an option of that name.
 *
 * ```ts
 * export const JobsRunner = jobsRunner((env: Env) =>
 *   createWorker(durableObjects(env.JOBS), { handlers: [handle(welcome, sendWelcome)] }),
 * );
 * ```
 */
export function jobsRunner<Env = unknown>(
  make: (env: Env, ctx: ExecutionContext) => ObjectRunner,
): RunnerEntrypointClass<Env> {
  aFunction(make, "maker of jobsRunner");
  return class JobsRunner extends WorkerEntrypoint<Env> {
    async run(jobs: ClaimedJob[]): Promise<void> {
      await this.#hold(this.#worker().run(jobs));
    }
    async tick(only?: readonly string[]): Promise<void> {
      await this.#hold(this.#worker().tick(only));
    }
    #worker(): ObjectRunner {
      const worker: ObjectRunner & { readonly queues?: unknown } = make(this.env, this.ctx);
      if (worker.queues === undefined) return worker;
      throw new LongshoreError("invalid_option", NO_QUEUES);
    }
    /** Whoever called may be reset meanwhile: what runs here goes on, and settles through a new stub. */
    async #hold(work: Promise<unknown>): Promise<void> {
      this.ctx.waitUntil(work.catch(() => {}));
      await work;
    }
  };
}
