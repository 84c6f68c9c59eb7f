import { type ErrorCode, codeOf } from "@longshore/core";
import type { ClaimedJob, Enqueue, EnqueueAnswer, Failure, Inspect, NewJob, Traits } from "@longshore/core/adapter";

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
 * Hands over the jobs that the server can run as they are meant. A claim tells that a job has limits, and not which; so it
 * would run there without them, and a child before its parents. Such a job is refused, with what to do. Never rejects but
 * for the local store.
 */
export async function handOverWhole(
  jobs: readonly ClaimedJob[],
  local: Inspect & { readonly traits: Traits },
  remote: Enqueue,
  keepMs: number,
): Promise<readonly Handed[]> {
  const rows =
    local.traits.dependencies === true ? await local.get(jobs.map(({ id, partition }) => ({ id, partition }))) : [];
  const reasons = jobs.map(({ limited }, i) =>
    limited ? NO_LIMITS : rows[i]?.after === undefined ? undefined : NO_PARENTS,
  );
  const whole = jobs.filter((_, i) => reasons[i] === undefined);
  const results = whole.length === 0 ? [] : await handOver(whole, remote, keepMs);
  let next = 0;
  return reasons.map((message) =>
    message === undefined ? (results[next++] ?? handed(undefined)) : { type: "refused", failure: { message } },
  );
}

const NO_LIMITS =
  "An outbox hands over no limits, which hold where a job runs: enqueue the job at the server, or without limits.";
const NO_PARENTS =
  "An outbox hands over no parents: the server would not wait for them. Enqueue jobs that come after each other there.";

/**
 * Enqueues the jobs under their ids at the server. A refusal is about a whole call, so after one each job is sent alone.
 * Never rejects. If the server is away, the jobs may be there: sent again, they are duplicates.
 */
async function handOver(jobs: readonly ClaimedJob[], remote: Enqueue, keepMs: number): Promise<readonly Handed[]> {
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
