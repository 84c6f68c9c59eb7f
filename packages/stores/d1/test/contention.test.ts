import { env } from "cloudflare:workers";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { beforeEach, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { empty } from "./meter.ts";
import { anyInput } from "./schema.ts";

const work = defineJob("work", { input: anyInput });
const JOBS = 300;

beforeEach(async () => {
  await d1(env.DB).migrate();
  await empty(env.DB);
});

test("four workers over one database run every job, and none of them twice", async () => {
  await createQueue(d1(env.DB)).enqueueMany(Array.from({ length: JOBS }, (_, n) => work.with({ n })));
  const runs: { readonly n: number; readonly token: number; readonly worker: number }[] = [];
  const workers = [0, 1, 2, 3].map((worker) =>
    createWorker(d1(env.DB), {
      handlers: [handle(work, ({ n }, { token }) => void runs.push({ n, token, worker }))],
      queues: { default: 7 },
    }),
  );
  await Promise.all(workers.map((worker) => worker.drain()));
  expect(runs.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: JOBS }, (_, n) => n));
  expect(new Set(runs.map(({ token }) => token)).size).toBe(JOBS);
  expect(new Set(runs.map(({ worker }) => worker)).size).toBeGreaterThan(1);
  const [queue] = await d1(env.DB).counts();
  expect(queue?.counts).toEqual({ completed: JOBS });
});

test("of two settlements of one lease at once one is accepted, and the other finds it settled", async () => {
  await createQueue(d1(env.DB)).enqueue(work, { n: 1 });
  const [job] = await d1(env.DB).claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
  if (job === undefined) throw new Error("one was enqueued");
  const settlement = { id: job.id, token: job.token, outcome: { type: "complete" } } as const;
  const answers = await Promise.all([d1(env.DB).settle([settlement]), d1(env.DB).settle([settlement])]);
  expect(answers.flat().toSorted()).toEqual(["accepted", "repeated"]);
});
