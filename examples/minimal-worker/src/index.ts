import { createQueue, createWorker, handle } from "@longshore/core";
import { JobsObject, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { welcome } from "./jobs.ts";

interface Env {
  JOBS: DurableObjectNamespace<Jobs>;
}

// Stores the jobs. A job that is due starts in the call that enqueues it; for later ones the object sets its one alarm.
export class Jobs extends JobsObject {}

// Runs the jobs, outside of the object, which finds this export by its name.
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
