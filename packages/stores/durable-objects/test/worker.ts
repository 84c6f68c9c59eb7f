import { DurableObject } from "cloudflare:workers";
import { type Handler, type Schedule, createWorker } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import {
  type Call,
  type DurableObjectsOptions,
  type Jobs,
  type JobsOptions,
  JobsObject,
  type Reply,
  type ObjectRunner,
  createJobs,
  durableObjects,
  jobsRunner,
} from "../src/index.ts";
import { FragileObject, FragileRunner } from "./fragile.ts";
import { type Meter, metered } from "./meter.ts";
import { Orders, OrdersRunner } from "./orders.ts";

export { FragileObject, FragileRunner, Orders, OrdersRunner };

/** Time as the tests have it: they run in the isolate of the objects. */
export const time = { now: (): number => Date.now() };

/** Keeps and counts jobs, and runs none. */
export class Keeper extends JobsObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { clock: () => time.now(), runner: false, stats: statistics() });
  }
}

/** What the tests put into the runner, and what it says. */
export const crew: { handlers: Handler[]; schedules: Schedule[]; adapter: DurableObjectsOptions } = {
  handlers: [],
  schedules: [],
  adapter: {},
};
/** Something that handlers wait for until the test lets them go. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

export const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export const JobsRunner = jobsRunner((env: Cloudflare.Env) => {
  const { adapter, handlers, schedules } = crew;
  return createWorker(durableObjects(env.METERED, adapter), { handlers, schedules, log: quiet });
});

/** What the next objects are made with, and what all of them were billed. */
export const metering: { options: JobsOptions; readonly meter: Meter } = {
  options: {},
  meter: { rowsWritten: 0, rowsRead: 0, alarms: 0, requests: 0, settled: 0 },
};

/** An object that counts what it costs. */
export class Metered extends DurableObject<Cloudflare.Env> {
  readonly #jobs: Jobs;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const { JobsRunner: exported } = ctx.exports as unknown as { JobsRunner: ObjectRunner }; // above
    const runner: ObjectRunner = {
      run: (jobs, settle, renew) =>
        exported.run(
          jobs,
          async (settlements) => {
            const answers = (await settle?.(settlements)) ?? [];
            metering.meter.settled += answers.length;
            return answers;
          },
          renew && ((leases, leaseMs) => renew(leases, leaseMs)),
        ),
      tick: (only) => exported.tick(only),
    };
    this.#jobs = createJobs(metered(ctx, metering.meter), { runner, ...metering.options });
  }
  async jobs(call: Call): Promise<Reply> {
    metering.meter.requests++;
    const { rowsRead } = metering.meter;
    const reply = await this.#jobs.jobs(call);
    // The hourly look at what may go is no job's cost, and comes when it comes: with an object's first job, a little late.
    if (call.verb === "prune") metering.meter.rowsRead = rowsRead;
    if (call.verb === "settle") metering.meter.settled += (call.input[0] as unknown[]).length; // its settlements
    return reply;
  }
  override alarm(): void {
    metering.meter.requests++;
    this.#jobs.alarm();
  }
}

export default {} satisfies ExportedHandler;

declare global {
  namespace Cloudflare {
    interface Env {
      readonly FRAGILE: DurableObjectNamespace<FragileObject>;
      readonly KEEPER: DurableObjectNamespace<Keeper>;
      readonly METERED: DurableObjectNamespace<Metered>;
      readonly ORDERS: DurableObjectNamespace<Orders>;
    }
  }
}
