import type { ClaimedJob } from "./contract.ts";
import type { FailureRecord, JobData } from "./job.ts";

/** The failure of a job that ends because its first attempt had not begun in time. */
export function expiredAfter(startWithinMs: number, at: number): FailureRecord {
  return { message: `expired: no attempt had begun ${startWithinMs} ms after it could`, attempt: 0, at };
}

/** What a claim tells of a job that it has ended. Nobody can run it, not even code that does not know `expired`. */
export function expiredJob(job: JobData, times: Pick<ClaimedJob, "ageMs" | "waitedMs">): ClaimedJob {
  const { id, partition, name, queue, headers, priority } = job;
  const data = { id, name, queue, headers, priority, payload: "", ...(partition !== undefined && { partition }) };
  return { ...data, token: 0, attempt: 0, stalled: false, ...times, expired: true };
}
