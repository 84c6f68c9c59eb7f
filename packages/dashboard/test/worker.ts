import { createQueue, createWorker, defineJob, handle, nonRetryable } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { JobsObject, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { Hono } from "hono";
import { z } from "zod";
import { dashboard } from "../src/index.ts";

const task = defineJob("task", { input: z.any(), output: z.any(), queue: "tasks", keep: "1d" });

type Namespace = Parameters<typeof durableObjects>[0];
type State = ConstructorParameters<typeof JobsObject>[0];
type Env = { readonly JOBS: Namespace };

export class Jobs extends JobsObject {
  constructor(ctx: State, env: never) {
    super(ctx, env, { stats: statistics() });
  }
}

export const JobsRunner = jobsRunner((env: Env) =>
  createWorker(durableObjects(env.JOBS), {
    log: quiet,
    handlers: [
      handle(task, ({ fails }) => {
        if (fails) throw nonRetryable("no such thing");
        return { fine: true };
      }),
    ],
  }),
);

const app = new Hono<{ Bindings: Env }>();
app.post("/seed", async ({ env, json }) => {
  const queue = createQueue(durableObjects(env.JOBS));
  for (const n of [1, 2, 3]) {
    await queue.enqueue(task, { n }, { id: `fine:${n}` });
    await queue.enqueue(task, { n, fails: true }, { id: `dead:${n}` });
  }
  await queue.enqueue(task, {}, { id: "later", delay: "7d" });
  return json(await queue.counts());
});
app.all("/ops/*", ({ req, env }) =>
  dashboard(durableObjects(env.JOBS, { stats: true }), {
    log: quiet,
    authorize: ({ headers }) =>
      headers.get("cookie")?.includes("session=1") ? { name: "o", actions: true } : undefined,
  })(req.raw),
);

export default app;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
