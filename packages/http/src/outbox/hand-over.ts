import { type ErrorCode, codeOf } from "@longshore/core";
import type { ClaimedJob, Enqueue, EnqueueAnswer, Failure, NewJob } from "@longshore/core/adapter";

/** What became of a job: the server has it, refused it for good, or did not say. */
export type Handed =
  | { readonly type: "accepted"; readonly answer: EnqueueAnswer }
  | { readonly type: "refused"; readonly failure: Failure }
  | { readonly type: "away"; readonly reason: string };

/** Refusals that the same job meets again, whenever it comes. All others pass: an expired token, a server to update. */
const FOR_GOOD: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  "forbidden",
  "invalid_id",
  "invalid_name",
  "invalid_option",
  "invalid_duration",
  "invalid_payload",
  "payload_too_large",
  "batch_too_large",
  "delay_too_long",
]);

/**
 * Enqueues the jobs under their ids at the server. A refusal is about a whole call, so after one each job is sent alone.
 * Never rejects. If the server is away, the jobs may be there: sent again, they are duplicates.
 */
export async function handOver(
  jobs: readonly ClaimedJob[],
  remote: Enqueue,
  keepMs: number,
): Promise<readonly Handed[]> {
  try {
    const answers = await remote.enqueue(jobs.map((job) => asNew(job, keepMs)));
    return jobs.map((_, i) => handed(answers[i]));
  } catch (error) {
    const reason = messageOf(error);
    if (!FOR_GOOD.has(codeOf(error))) return jobs.map(() => ({ type: "away", reason }));
    if (jobs.length === 1) return [{ type: "refused", failure: { message: reason } }];
    const one: Handed[] = [];
    for (const job of jobs) {
      // Once it is away, it is away for the rest: an order must not have holes.
      const last = one.at(-1);
      one.push(...(last?.type === "away" ? [last] : await handOver([job], remote, keepMs)));
    }
    return one;
  }
}

function handed(answer: EnqueueAnswer | undefined): Handed {
  switch (answer?.status) {
    case "created":
    case "duplicate":
    case "sent":
      return { type: "accepted", answer };
    case "failed":
      return { type: "refused", failure: { message: answer.message } };
    default:
      return { type: "away", reason: "The server's answer says nothing about the job." };
  }
}

/** It was due here, so it is due there. */
function asNew({ id, partition, name, queue, payload, headers, priority }: ClaimedJob, keepMs: number): NewJob {
  return { id, partition, name, queue, payload, headers, priority, due: { inMs: 0 }, keepMs };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "The call to the server failed.";
}
