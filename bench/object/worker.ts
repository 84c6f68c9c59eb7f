import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { JobsObject, type ObjectRunner, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { z } from "zod";
import type { Load, Measured } from "./load.ts";

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

let runs = 0;
export default {
  /** Answers a `Load` with what was measured. */
  async fetch(request, env) {
    const load: Load = await request.json();
    return Response.json(await measure(env, `run${++runs}of${load.shards}`, load));
  },
} satisfies ExportedHandler<Env>;
