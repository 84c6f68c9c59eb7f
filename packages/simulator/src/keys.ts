import type { Fail } from "./invariants.ts";
import type { ObservedRow } from "./observed-row.ts";
import type { Change, Rows } from "./rows.ts";

/** Checks unique keys: how many jobs of a key there are, that they never run side by side, and that no update is lost. */
export type Keys = { commit(changes: readonly Change[], now: number): void };

export function watchKeys(rows: Rows, fail: Fail): Keys {
  /** The ids of all jobs that ever had a key. */
  const jobsOf = new Map<string, Set<string>>();
  /** Until when the job before one may still be running, although it was cancelled; unless an operator runs it now. */
  const startsAt = new Map<string, number>();

  const check = (key: string, { part, id, before, after }: Change, now: number): void => {
    const others = [...(jobsOf.get(key) ?? [])].map((other) => rows.all.get(other)).filter((row) => row !== undefined);
    const live = others.filter(({ ended }) => ended === undefined);
    const behind = live.filter(({ place }) => place !== undefined);
    const holders = live.length - behind.length;
    if (holders > 1 || behind.length > 1)
      fail("uniqueKeys", `${named(live)} have one key, and ${behind.length} of them wait for its holder`);
    if (behind.length > 0 && holders === 0) fail("uniqueKeys", `${named(behind)} waits for a job that has ended`);
    if (part.kind === "claim") {
      const running = live.find(({ row, leased, dueAt }) => row.id !== id && leased && dueAt > now);
      if (running !== undefined) fail("uniqueKeys", `${id} was claimed while ${running.row.id}, of its key, runs`);
      if ((startsAt.get(id) ?? 0) > now) fail("uniqueKeys", `${id} was claimed while the job before it may run`);
      if (before !== undefined && part.job.payload !== before.job.payload)
        fail("updates", `the claim of ${id} has other data than its last enqueue`);
    }
    if (part.kind === "runNow") startsAt.delete(id);
    // Whoever waited behind it was freed with the commit.
    if (part.kind === "cancel" && after !== undefined && after.heldUntil > now)
      for (const { row, place } of live) if (place === undefined) startsAt.set(row.id, after.heldUntil);
    const refused = part.kind === "replay" && part.answer?.status === "refused" && isReplayable(after);
    if (refused && holders === 0) fail("uniqueKeys", `the replay of ${id} was refused, and nobody has its key`);
  };

  return {
    commit(changes, now) {
      for (const change of changes) {
        const { id, before, after } = change;
        const key = (after ?? before)?.job.unique?.key;
        if (key === undefined) continue;
        jobsOf.set(key, (jobsOf.get(key) ?? new Set()).add(id));
        check(key, change, now);
      }
    },
  };
}

function isReplayable(row: ObservedRow | undefined): boolean {
  return row?.ended === "dead" || row?.ended === "cancelled";
}

function named(rows: readonly ObservedRow[]): string {
  return rows.map(({ row }) => row.id).join(" ");
}
