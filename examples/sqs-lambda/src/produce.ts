/** A function that enqueues jobs, as your own code does. */
import { type Enqueued, createQueue } from "@longshore/core";
import { welcome } from "./jobs.ts";
import { callOfLambda, openJobs } from "./queues.ts";

const queue = createQueue(openJobs(callOfLambda()));

export async function handler({ userId }: { readonly userId: number }): Promise<Enqueued> {
  return queue.enqueue(welcome, { userId });
}
