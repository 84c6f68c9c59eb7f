import type { SettleAnswer } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { type Call, type Jobs, type Reply, type ObjectRunner, createJobs } from "@longshore/durable-objects";
import { DurableObject } from "cloudflare:workers";
import { type Meter, meterOf, metered } from "./meter.ts";
import { LEASE_MS } from "./prices.ts";

/** An entry point of this Worker, for the jobs of one object. */
type RunnerExport = (options: { props: { object: string } }) => ObjectRunner;

export type Runner = "JobsRunner" | "PairRunner" | "CountedRunner";

/** An object that keeps jobs, has them run, and measures the cost. */
export abstract class MeteredObject extends DurableObject<Cloudflare.Env> {
  readonly #jobs: Jobs;
  readonly #meter: Meter;
  #waiting: { reached: () => boolean; resolve: () => void }[] = [];

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, runner: Runner, stats?: Statistics) {
    super(ctx, env);
    const object = ctx.id.name ?? "";
    const meter = meterOf(object);
    const exported = ctx.exports as unknown as Record<Runner, RunnerExport>; // the Worker exports all of them
    this.#meter = meter;
    this.#jobs = createJobs(metered(ctx, meter), {
      lease: LEASE_MS,
      clock: () => Date.now() + meter.aheadMs,
      ...(stats && { stats }),
      runner: this.#counted(exported[runner]({ props: { object } })),
    });
  }

  async jobs(call: Call): Promise<Reply> {
    this.#meter.requests++;
    const reply = await this.#jobs.jobs(call);
    if (call.verb === "settle" && reply.type === "done") this.#count(reply.value as readonly SettleAnswer[]); // of its verb
    return reply;
  }

  override alarm(): void {
    this.#meter.requests++;
    this.#meter.rang++;
    this.#jobs.alarm();
    this.#look();
  }

  /** Resolves when this many jobs are settled. Like the methods below, it is not counted. */
  settled(least: number): Promise<void> {
    return this.#until(() => this.#meter.settled >= least);
  }

  /** Resolves when this many alarms have fired. */
  rang(least: number): Promise<void> {
    return this.#until(() => this.#meter.rang >= least);
  }

  /** Resolves when nothing is running. */
  quiet(): Promise<void> {
    return this.#until(() => this.#meter.settled === this.#meter.begun && this.#meter.ticking === 0);
  }

  #until(reached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ reached, resolve });
      this.#look();
    });
  }

  #look(): void {
    const reached = this.#waiting.filter((one) => one.reached());
    this.#waiting = this.#waiting.filter((one) => !reached.includes(one));
    for (const { resolve } of reached) resolve();
  }

  #count(answers: readonly SettleAnswer[]): void {
    this.#meter.settled += answers.filter((answer) => answer === "accepted").length;
    this.#look();
  }

  #counted(runner: ObjectRunner): ObjectRunner {
    const meter = this.#meter;
    return {
      run: (jobs, settle) => {
        const again = jobs.filter(({ stalled }) => stalled).length;
        meter.repeated += again;
        meter.begun += jobs.length - again;
        // In the call that the object has begun, and no request to it.
        return runner.run(jobs, async (settlements) => {
          const answers = (await settle?.(settlements)) ?? [];
          this.#count(answers);
          return answers;
        });
      },
      tick: async () => {
        meter.ticking++;
        try {
          return await runner.tick();
        } finally {
          meter.ticking--;
          this.#look();
        }
      },
    };
  }
}
