import type { EnqueueAnswer, NewJob, TerminalState } from "@longshore/core/adapter";
import { enter } from "./limits.ts";
import { type Draft, type Row, childrenOf, parentsOf, patient } from "./state.ts";

/** How many children of a job that ended may start now, and how many are dead with it. */
export type Fates = { readonly freed?: number; readonly buried?: number };

const HOW = { dead: "is dead", cancelled: "was cancelled", removed: "was removed" } as const;

/** Frees or buries whoever waits for a job that has ended, and whoever waits for those that are buried. */
export function endForChildren(
  draft: Draft,
  row: Row,
  how: TerminalState | "removed",
  now: number,
  /** Its worker may not know of the end before. */
  notBefore = 0,
): Fates {
  let [freed, buried] = [0, 0];
  const ends: { readonly row: Row; readonly how: TerminalState | "removed" }[] = [{ row, how }];
  for (const parent of ends) {
    for (const child of childrenOf(draft, parent.row)) {
      if (!child.waits) continue;
      if (parent.how !== "completed" && child.after?.onFailed === "dead") {
        const dead = bury(child, parent.row, parent.how, now);
        draft.rows.set(child.data.id, dead);
        ends.push({ row: dead, how: "dead" });
        buried++;
      } else if (!isWaiting(draft, child)) {
        const free = { ...child, waits: false, dueAt: Math.max(child.dueAt, now, notBefore) };
        enter(draft, patient(free, now), now);
        freed++;
      }
    }
  }
  return { ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
}

function isWaiting(draft: Draft, row: Row): boolean {
  return parentsOf(draft, row).some(({ ended }) => ended === undefined);
}

function bury(row: Row, parent: Row, how: keyof typeof HOW, now: number): Row {
  const message = `The job ${parent.data.id}, which this one comes after, ${HOW[how]}.`;
  const all = [...row.failures, { message, attempt: row.attempt, at: now }];
  const failures = all.length > 10 ? [...all.slice(0, 1), ...all.slice(-9)] : all;
  return { ...row, ended: "dead", waits: false, dueAt: now, failures, buriedBy: parent.serial };
}

/** A job that is replayed waits for its parents again, and its children that were dead with it wait for it. */
export function replay(draft: Draft, row: Row, now: number): void {
  const lives = [row];
  for (const one of lives) {
    enter(draft, patient({ ...one, waits: isWaiting(draft, one) }, now), now);
    for (const child of childrenOf(draft, one)) {
      if (child.ended !== "dead" || child.buriedBy !== one.serial) continue;
      const other = parentsOf(draft, child).find(({ ended }) => ended === "dead" || ended === "cancelled");
      if (other !== undefined) draft.rows.set(child.data.id, { ...child, buriedBy: other.serial });
      else lives.push({ ...child, ...ALIVE, enqueuedAt: now, dueAt: now });
    }
  }
}

/** A row that is replayed begins again. */
export const ALIVE = {
  attempt: 0,
  ended: undefined,
  snoozed: undefined,
  heldUntil: 0,
  buriedBy: undefined,
} as const;

/** The answers to a call that names a parent which does not exist; undefined if all do. */
export function refusal(draft: Draft, jobs: readonly NewJob[]): EnqueueAnswer[] | undefined {
  for (const { id, after } of jobs) {
    if (draft.rows.has(id)) continue;
    for (const parent of after?.jobs ?? []) {
      if (draft.rows.has(parent.id) || jobs.some((job) => job.id === parent.id)) continue;
      const message = `no job ${parent.id} stands that ${id} could come after`;
      return jobs.map(() => ({ status: "failed", message }));
    }
  }
  return undefined;
}

/** Links the jobs that a call has created with their parents. */
export function link(draft: Draft, jobs: readonly NewJob[], answers: readonly EnqueueAnswer[], now: number): void {
  const standing = new Map(jobs.map(({ id }, i) => [id, standIn(answers[i]) ?? id]));
  jobs.forEach(({ id, after }, i) => {
    const row = draft.rows.get(id);
    if (after === undefined || row === undefined || answers[i]?.status !== "created") return;
    const parents = after.jobs.flatMap(
      (ref) => draft.rows.get(ref.id) ?? draft.rows.get(standing.get(ref.id) ?? "") ?? [],
    );
    const known = [...new Set(parents)].map(({ data, serial }) => ({ id: data.id, serial }));
    draft.rows.set(id, { ...row, after: { parents: known, onFailed: after.onFailed }, waits: true });
  });
  jobs.forEach(({ id }, i) => {
    const row = draft.rows.get(id);
    if (!row?.waits || answers[i]?.status !== "created") return;
    const failed = parentsOf(draft, row).find(({ ended }) => ended === "dead" || ended === "cancelled");
    if (failed?.ended !== undefined && failed.ended !== "completed" && row.after?.onFailed === "dead") {
      const dead = bury(row, failed, failed.ended, now);
      draft.rows.set(id, dead);
      endForChildren(draft, dead, "dead", now);
    } else enter(draft, { ...row, waits: isWaiting(draft, row) }, now);
  });
}

function standIn(answer: EnqueueAnswer | undefined): string | undefined {
  return answer !== undefined && "id" in answer ? answer.id : undefined;
}
