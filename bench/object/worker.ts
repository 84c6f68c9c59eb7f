import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { JobsObject, type ObjectRunner, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { z } from "zod";
import type { Load, Measured, Reload, Reloaded } from "./load.ts";

interface Env {
  JOBS: DurableObjectNamespace<Jobs>;
}

const input = z.object({ run: z.string(), text: z.string() });
const plain = defineJob("touch", { input, keep: 0 });
const kept = defineJob("kept", { input });
const TEXT = "x".repeat(200);

/** How many jobs of a run have ended. Everything runs in this one isolate. */
const ended = new Map<string, number>();

/** A run has objects of its own, whose names begin with its name, which ends with their number. */
const objectsOf = (env: Env, object: string) => {
  const [run = "", shards] = /^run\d+of(\d+)/.exec(object) ?? [];
  return durableObjects(env.JOBS, { name: run, shards: Number(shards) });
};

export class Jobs extends JobsObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    const exported = ctx.exports as unknown as { JobsRunner(options: object): ObjectRunner }; // as this Worker does
    super(ctx, env, { runner: exported.JobsRunner({ props: { object: ctx.id.name } }) });
  }

  /** Takes the object out of memory; its next call loads it again. */
  unload(): void {
    this.ctx.abort("unloaded");
  }
}

export const JobsRunner = jobsRunner((env: Env, ctx) => {
  const { object } = ctx.props as { object: string }; // set by the object
  return createWorker(objectsOf(env, object), {
    handlers: [plain, kept].map((touch) => handle(touch, ({ run }) => void ended.set(run, (ended.get(run) ?? 0) + 1))),
  });
});

async function measure(env: Env, run: string, { callers, size, jobs, ...load }: Load): Promise<Measured> {
  const touch = load.kept ? kept : plain;
  const queue = createQueue(objectsOf(env, run));
  // An object's first call makes its tables.
  await queue.enqueueMany(Array.from({ length: 50 }, () => touch.with({ run: `${run} warm`, text: TEXT })));
  const times: number[] = [];
  let left = jobs;
  const call = async (): Promise<void> => {
    while (left > 0) {
      const amount = Math.min(size, left);
      left -= amount;
      const sentAt = performance.now();
      await queue.enqueueMany(Array.from({ length: amount }, () => touch.with({ run, text: TEXT })));
      times.push(performance.now() - sentAt);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: callers }, call));
  // A promise that another request fulfils would not do: the runtime cancels a request that waits for nothing of its own.
  while ((ended.get(run) ?? 0) < jobs) await scheduler.wait(1);
  const seconds = (performance.now() - from) / 1_000;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { perSecond: jobs / seconds, p50: at(0.5), p99: at(0.99) };
}

async function measureReload(env: Env, run: string, { reload, jobs }: Reload): Promise<Reloaded> {
  const queue = createQueue(objectsOf(env, run));
  const touch = reload === "kept" ? kept : plain;
  for (let left = jobs; left > 0; left -= MOST) {
    const request = touch.with({ run, text: TEXT }, reload === "waiting" ? { delay: "1d" } : {});
    await queue.enqueueMany(Array.from({ length: Math.min(MOST, left) }, () => request));
  }
  while (reload === "kept" && (ended.get(run) ?? 0) < jobs) await scheduler.wait(1);
  await scheduler.wait(500); // for its last settlements
  await env.JOBS.getByName(run)
    .unload()
    .catch(() => {}); // what it does to its caller
  const from = performance.now();
  await queue.get({ id: "none" });
  return { ms: performance.now() - from };
}

/** The most jobs in a call. */
const MOST = 1_000;

let runs = 0;
export default {
  /** Answers a `Load` or a `Reload` with what was measured. */
  async fetch(request, env) {
    const asked: Load | Reload = await request.json();
    if ("reload" in asked) return Response.json(await measureReload(env, `run${++runs}of1`, asked));
    return Response.json(await measure(env, `run${++runs}of${asked.shards}`, asked));
  },
} satisfies ExportedHandler<Env>;
