import type { Commit } from "./commit.ts";
import type { Fail } from "./invariants.ts";
import type { Change, Rows } from "./rows.ts";

/** Checks that no queue holds more jobs than an enqueue's `maxDepth` lets, and that none is refused while there is room. */
export type Depths = { commit(commit: Commit, changes: readonly Change[]): void };

export function watchDepths(rows: Rows, fail: Fail): Depths {
  const openIn = (queue: string): number =>
    [...rows.all.values()].filter(({ job, ended }) => job.queue === queue && ended === undefined).length;

  return {
    commit({ operation }, changes) {
      // What jobs and schedules enqueue carries no number.
      if (operation.verb !== "enqueue") return;
      const [jobs] = operation.input;
      const isTogether = jobs.some(({ after }) => after !== undefined);
      const isNew = ({ before, after }: Change): boolean => before === undefined && after?.ended === undefined;
      changes.forEach(({ part, id, after }, i) => {
        if (part.kind !== "enqueue" || part.job.maxDepth === undefined) return;
        const { queue, maxDepth } = part.job;
        const later = changes.slice(i).filter((one) => one.after?.job.queue === queue && isNew(one) && one.after);
        const depth = openIn(queue) - later.length;
        if (part.answer?.status === "created" && after !== undefined && depth >= maxDepth)
          fail("depth", `${id} is number ${depth + 1} of ${queue}, which holds at most ${maxDepth}`);
        const isFull = part.answer?.status === "failed" && part.answer.reason === "full";
        const most = isTogether ? depth + jobs.length : depth;
        if (isFull && most < maxDepth)
          fail("depth", `${id} was refused by ${queue}, which holds ${depth} jobs of at most ${maxDepth}`);
      });
    },
  };
}
