import type { ClaimedJob, EnqueueAnswer, JobData, NewJob, SettleAnswer, Settlement } from "@longshore/core/adapter";
import { isAccepted } from "@longshore/core/adapter";
import type { JobState } from "@longshore/core";
import type { Activity } from "./activity.ts";

/** What a store has answered: of each job, every state that it has been in as far as an answer told. */
export type Journal = {
  readonly jobs: ReadonlyMap<string, Recorded>;
  /** Calls back after each call of the store. Returns a function that stops it. */
  onChange(listener: () => void): () => void;
};
type Recorded = { readonly job: JobData; readonly states: ReadonlySet<JobState> };

/** More than a test makes; the oldest are forgotten. */
const MOST_JOBS = 10_000;

/** `failed`: how many calls have failed. */
export type ObservedStore<S> = { readonly store: S; readonly journal: Journal; failed(): number };

/**
 * A store whose calls count as work, and are recorded. `enqueued` is awaited after each enqueue that was answered: inline
 * mode runs the jobs there.
 */
export function observeStore<S extends object>(
  store: S,
  activity: Activity,
  enqueued: () => Promise<unknown>,
): ObservedStore<S> {
  const jobs = new Map<string, { job: JobData; states: Set<JobState> }>();
  const listeners = new Set<() => void>();
  let failed = 0;
  const note = (job: JobData, ...states: JobState[]): void => {
    const known = jobs.get(job.id);
    const [oldest] = jobs.keys();
    if (known === undefined && oldest !== undefined && jobs.size >= MOST_JOBS) jobs.delete(oldest);
    jobs.set(job.id, { job, states: new Set([...(known?.states ?? []), ...states]) });
  };
  const noteAgain = (id: string, ...states: JobState[]): void => {
    const known = jobs.get(id);
    if (known !== undefined) note(known.job, ...states);
  };
  const noteNew = (job: NewJob, answer: EnqueueAnswer | undefined): void => {
    if (answer?.status === "created") note(job, ...firstStates(job));
    else if (answer?.status === "replaced" || answer?.status === "queued_behind") note({ ...job, id: answer.id });
  };
  const noteSettled = ({ id, outcome, next = [] }: Settlement, answer: SettleAnswer | undefined): void => {
    if (!isAccepted(answer)) return;
    if (outcome.type === "complete") noteAgain(id, "completed");
    if (outcome.type === "retry") noteAgain(id, "failed");
    if (outcome.type === "dead") noteAgain(id, "dead");
    if (outcome.type === "snooze" && outcome.delayMs > 0) noteAgain(id, "delayed");
    if (typeof answer === "object") next.forEach((job, i) => noteNew(job, answer.next[i]));
  };
  const noteClaimed = (job: ClaimedJob): void => {
    if (job.expired) noteAgain(job.id, "cancelled");
    else note(job, "enqueued", "active");
  };
  const record = (verb: string, [input]: readonly unknown[], answer: unknown): void => {
    // Each by its verb's types in the contract.
    if (verb === "enqueue") (input as NewJob[]).forEach((job, i) => noteNew(job, (answer as EnqueueAnswer[])[i]));
    if (verb === "claim") for (const job of answer as ClaimedJob[]) noteClaimed(job);
    if (verb === "settle") (input as Settlement[]).forEach((one, i) => noteSettled(one, (answer as SettleAnswer[])[i]));
    for (const listener of listeners) listener();
  };

  const observed = new Proxy(store, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || typeof key !== "string" || key === "onWake") return value;
      return (...input: readonly unknown[]): unknown => {
        const answered: unknown = activity.during(store, () => value.apply(target, input));
        if (!(answered instanceof Promise)) return answered;
        return answered.then(
          async (answer) => {
            record(key, input, answer);
            if (key === "enqueue") await enqueued();
            return answer;
          },
          (error) => {
            failed += 1;
            throw error;
          },
        );
      };
    },
  });
  return {
    store: observed,
    failed: () => failed,
    journal: {
      jobs,
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}

/** The state of a job that was just created, if its request alone tells. */
function firstStates({ due, after, unique, limits }: NewJob): JobState[] {
  if (after !== undefined) return ["blocked"];
  if (unique !== undefined || limits !== undefined || "at" in due) return [];
  return [due.inMs > 0 ? "delayed" : "enqueued"];
}
