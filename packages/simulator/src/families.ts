import type { Fail } from "./invariants.ts";
import { type ObservedRow, isChildOf } from "./observed-row.ts";
import type { Change, Rows } from "./rows.ts";

/** Checks jobs that come after others: when they start, and what the end of a parent does to them. */
export type Families = { commit(changes: readonly Change[]): void };

export function watchFamilies(rows: Rows, fail: Fail): Families {
  /** The children after the last commit. */
  let known: ReadonlyMap<number, ObservedRow> = new Map();
  /** Replayed by themselves: they run whatever their parents' ends were. */
  const replayed = new Set<number>();

  const parentsOf = (child: ObservedRow): ObservedRow[] =>
    child.parents.flatMap(({ id }) => {
      const parent = rows.all.get(id);
      return parent !== undefined && isChildOf(child, parent) ? [parent] : [];
    });
  const check = (child: ObservedRow): void => {
    const { job, ended, place, serial } = child;
    const { id } = job;
    const parents = parentsOf(child);
    const open = parents.find((parent) => parent.ended === undefined);
    const failed = parents.find((parent) => parent.ended === "dead" || parent.ended === "cancelled");
    const was = known.get(serial);
    if (place !== undefined && open === undefined)
      fail("families", `${id} is blocked, and all that it comes after have ended`);
    if (was !== undefined && was.place === undefined) return;
    // It waited until this commit, or is new.
    if (ended === undefined && place === undefined && open !== undefined)
      fail("families", `${id} may start, and ${open.job.id}, which it comes after, has not ended`);
    const dies = job.after?.onFailed === "dead" && !replayed.has(serial);
    if (dies && failed !== undefined && ended === undefined)
      fail("families", `${id} goes on, and ${failed.job.id}, which it comes after, is ${failed.ended}`);
    // One that was removed is not there to see.
    if (ended === "dead" && failed === undefined && parents.length === child.parents.length)
      fail("families", `${id} is dead, and none that it comes after has failed`);
  };

  return {
    commit(changes) {
      for (const { part, before } of changes) {
        const isReplay = part.kind === "replay" && part.answer?.status === "done";
        if (isReplay && before !== undefined) replayed.add(before.serial);
      }
      const children = [...rows.all.values()].filter(({ parents }) => parents.length > 0);
      for (const child of children) check(child);
      known = new Map(children.map((child) => [child.serial, child]));
    },
  };
}
