import type { NewJob } from "../contract/enqueue.ts";
import type { Failure } from "../contract/job.ts";
import { newJob } from "../jobs/request.ts";
import { describeFailure } from "../values/failure.ts";
import { decode } from "../values/payload.ts";
import type { Run } from "./run.ts";

/** What follows a job that is dead, as its definition says. It is dead all the same if that cannot be made. */
export async function followersOf(run: Run, { message }: Failure): Promise<NewJob[] | undefined> {
  const { job, handler, services } = run;
  const { platform, backend } = services;
  const onDead = handler?.definition.onDead;
  if (onDead === undefined) return undefined;
  const { id, partition = id, attempt, payload } = job;
  try {
    // As the schema made it, if not this version of it.
    const input = onDead.input(decode(payload) as never, { id, attempt, error: message });
    const request = { definition: onDead.job, input, options: {} };
    return [await newJob(request, backend.traits, platform, { partition })];
  } catch (error) {
    run.log.error("a job is dead without what should follow it", { error: describeFailure(error).message });
    return undefined;
  }
}
