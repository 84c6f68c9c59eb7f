import type { EnqueueAnswer, NewJob } from "./enqueue.ts";
import type { FailureRecord, TerminalState } from "./job.ts";

/** How a job ended for those that come after it. */
export type ParentEnd = TerminalState | "removed";

const HOW: Readonly<Record<Exclude<ParentEnd, "completed">, string>> = {
  dead: "is dead",
  cancelled: "was cancelled",
  removed: "was removed",
};

/** The failure of a job that is dead because a parent is. */
export function buriedWith(
  parent: string,
  how: Exclude<ParentEnd, "completed">,
  attempt: number,
  at: number,
): FailureRecord {
  return { message: `The job ${parent}, which this one comes after, ${HOW[how]}.`, attempt, at };
}

/** The answer to each job of a call that names a parent which does not exist. */
export function unknownParent(child: Pick<NewJob, "id">, parent: string): EnqueueAnswer {
  return { status: "failed", message: `no job ${parent} stands that ${child.id} could come after` };
}

/** The ids of jobs that stand for others of their call: they have the unique keys of those. */
export function standIns(jobs: readonly NewJob[], answers: readonly EnqueueAnswer[]): ReadonlyMap<string, string> {
  const standing = new Map<string, string>();
  jobs.forEach(({ id }, i) => {
    const answer = answers[i];
    if (answer !== undefined && "id" in answer && answer.id !== undefined) standing.set(id, answer.id);
  });
  return standing;
}
