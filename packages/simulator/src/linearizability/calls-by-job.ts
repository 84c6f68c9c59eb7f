import type { ControlAnswer, EnqueueAnswer, NewJob, StoredJob } from "@longshore/core/adapter";
import type { JobInput } from "./job-specification.ts";
import type { Interval } from "./linearize.ts";
import type { RecordedCall } from "./recorder.ts";

/** One job's part of one call. */
export type JobCall = Interval<JobInput, string> & { readonly id: string; readonly by: string };

/** The calls on each job; jobs are in the order in which the history first names them. */
export function callsByJob(history: readonly RecordedCall[]): ReadonlyMap<string, readonly JobCall[]> {
  const found = new Map<string, JobCall[]>();
  const queues = new Map<string, Set<string>>();
  const lost: RecordedCall[] = [];
  const add = (call: RecordedCall, id: string, input: JobInput, answer: string | undefined): void => {
    const { calledAt, by, reply } = call;
    const list = found.get(id) ?? [];
    found.set(id, list);
    list.push({ id, input, answer, calledAt, returnedAt: reply?.returnedAt ?? Infinity, by });
  };
  const addJob = (call: RecordedCall, job: NewJob, answer: EnqueueAnswer | undefined): void => {
    if (answer?.status === "failed") return;
    const input: JobInput = { verb: "enqueue", due: job.due, keepMs: job.keepMs };
    add(call, job.id, input, answer && enqueued(answer));
    queues.set(job.id, (queues.get(job.id) ?? new Set()).add(job.queue));
  };

  for (const call of history) {
    switch (call.verb) {
      case "enqueue":
        for (const [i, job] of call.input[0].entries()) addJob(call, job, call.reply?.answer[i]);
        break;
      case "claim": {
        const { leaseMs } = call.input[0];
        if (call.reply === undefined) lost.push(call);
        for (const { id, token, attempt, stalled } of call.reply?.answer ?? []) {
          add(call, id, { verb: "claim", token, leaseMs }, `attempt ${attempt}${stalled ? ", stalled" : ""}`);
        }
        break;
      }
      case "settle":
        for (const [i, { id, token, outcome, next = [] }] of call.input[0].entries()) {
          const delayMs = "delayMs" in outcome ? outcome.delayMs : 0;
          const answer = call.reply?.answer[i];
          const told = typeof answer === "object" ? answer : undefined;
          add(call, id, { verb: "settle", token, type: outcome.type, delayMs }, told?.status ?? (answer as string));
          // Follow-up jobs of the same operation. If the reply was lost, their results are unknown.
          if (answer === undefined || told) next.forEach((job, at) => addJob(call, job, told?.next[at]));
        }
        break;
      case "renew": {
        const [leases, leaseMs] = call.input;
        for (const [i, { id, token }] of leases.entries()) {
          add(call, id, { verb: "renew", token, leaseMs }, call.reply?.answer[i]);
        }
        break;
      }
      case "get":
        for (const [i, { id }] of call.input[0].entries()) {
          add(call, id, { verb: "get" }, call.reply && shown(call.reply.answer[i]));
        }
        break;
      case "cancel":
      case "replay":
      case "runNow":
      case "remove":
        for (const [i, { id }] of call.input[0].entries()) {
          const answer = call.reply?.answer[i];
          add(call, id, { verb: call.verb }, answer && operated(answer));
        }
        break;
      case "prune":
        if (call.reply === undefined) lost.push(call);
        for (const { id } of call.reply?.answer ?? []) add(call, id, { verb: "prune" }, "done");
        break;
      case "advance":
        for (const [i, { job }] of call.input[0].entries()) {
          const answer = call.reply?.answer[i];
          if (job === undefined || answer?.status === "behind") continue;
          addJob(call, job, answer?.job);
        }
        break;
    }
  }
  // A claim whose reply was lost may have got any job.
  for (const call of lost) {
    for (const id of found.keys()) {
      if (call.verb === "prune") add(call, id, { verb: "prune" }, undefined);
      if (call.verb !== "claim") continue;
      const [{ queues: wanted, leaseMs }] = call.input;
      if (!wanted.some(({ name }) => queues.get(id)?.has(name) === true)) continue;
      add(call, id, { verb: "claim", token: undefined, leaseMs }, undefined);
    }
  }
  return found;
}

function enqueued(answer: EnqueueAnswer): string | undefined {
  if (answer.status === "duplicate") return `duplicate (${answer.state})`;
  return answer.status === "created" ? "created" : undefined;
}

function shown(job: StoredJob | undefined): string {
  return job === undefined ? "none" : `${job.state}, attempt ${job.attempt}`;
}

function operated(answer: ControlAnswer): string {
  return answer.status === "refused" ? `refused (${answer.state})` : answer.status;
}
