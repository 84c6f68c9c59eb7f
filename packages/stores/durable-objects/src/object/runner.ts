import { LongshoreError } from "@longshore/core";
import {
  type Adapter,
  type ClaimedJob,
  type JobRunner,
  type Renew as Renewing,
  aFunction,
} from "@longshore/core/adapter";
import { WorkerEntrypoint } from "cloudflare:workers";

/** Settles jobs in the object that handed them out. */
export type Settle = Adapter["settle"];
/** Extends leases there. */
export type Renew = Renewing["renew"];

/** Runs the jobs that the object hands out and fires its schedules: a core worker, or the entry point around it. */
export type ObjectRunner = JobRunner & {
  /** Checks all schedules and prunes; with names, checks only these schedules. */
  tick(only?: readonly string[]): Promise<unknown>;
};

const NO_QUEUES =
  "A worker in jobsRunner runs one batch, so its `queues` would limit nothing. Give them to the object: super(ctx, env, { queues }) in its constructor.";
const NO_AGE =
  "A worker in jobsRunner claims nothing, so its `priorityAge` would have no effect. Give it to the object: super(ctx, env, { priorityAge }) in its constructor.";

/** The class of an entry point that an object can call. */
export type RunnerEntrypointClass<Env> = new (
  ctx: ExecutionContext,
  env: Env,
) => WorkerEntrypoint<Env> & {
  run(jobs: ClaimedJob[], settle?: Settle, renew?: Renew): Promise<void>;
  tick(only?: readonly string[]): Promise<void>;
};

/**
 * Makes the stateless entry point that runs jobs outside of the object, in as many copies as needed. Export it as
 * `JobsRunner`. `make` is called for each batch, because bindings arrive with it. Refuses a worker with `queues`, whose
 * limits would hold only within one batch, or with `priorityAge`: set the object's options of these names.
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
    async run(jobs: ClaimedJob[], settle?: Settle, renew?: Renew): Promise<void> {
      await this.#hold(this.#worker().run(jobs, settle, renew));
    }
    async tick(only?: readonly string[]): Promise<void> {
      await this.#hold(this.#worker().tick(only));
    }
    #worker(): ObjectRunner {
      const worker: ObjectRunner & { readonly queues?: unknown; readonly priorityAge?: unknown } = make(
        this.env,
        this.ctx,
      );
      if (worker.queues !== undefined) throw new LongshoreError("invalid_option", NO_QUEUES);
      if (worker.priorityAge !== undefined) throw new LongshoreError("invalid_option", NO_AGE);
      return worker;
    }
    /** Keeps the work alive if the calling object is reset. It then settles through a new stub. */
    async #hold(work: Promise<unknown>): Promise<void> {
      this.ctx.waitUntil(work.catch(() => {}));
      await work;
    }
  };
}
