import { createQueue, createWorker, handle } from "@longshore/core";
import { JobsObject, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { welcome } from "./jobs.ts";

interface Env {
  JOBS: DurableObjectNamespace<Jobs>;
}

// Keeps the jobs, starts them in the call that enqueues them, and sets its one alarm for the rest.
export class Jobs extends JobsObject {}

// Where they run: stateless, outside of the object. Reached without any configuration, under this name.
export const JobsRunner = jobsRunner((env: Env) =>
  createWorker(durableObjects(env.JOBS), {
    handlers: [handle(welcome, ({ userId }, { log }) => log.info("welcome", { userId }))],
  }),
);

export default {
  async fetch(_request, env) {
    const answer = await createQueue(durableObjects(env.JOBS)).enqueue(welcome, { userId: 42 });
    return Response.json(answer, { status: 202 });
  },
} satisfies ExportedHandler<Env>;
