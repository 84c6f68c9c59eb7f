import type { Commit } from "./commit.ts";
import type { Fail } from "./invariants.ts";
import type { ObservedRow } from "./observed-row.ts";
import type { Change, Rows } from "./rows.ts";

/** Checks whose turn it is: within a key that of the first, and among keys that of each. */
export type Turns = { commit(changes: readonly Change[], commit: Commit): void };

/** Jobs with a key that could start, by id, and who passed each since. */
type Wait = { readonly passed: Set<string>; readonly keys: Set<string> };

export function watchTurns(rows: Rows, fail: Fail): Turns {
  /** The jobs behind a key after the last commit. */
  let behind: ReadonlyMap<string, ObservedRow> = new Map();
  /** Of each ordered key: the job that has begun. */
  const first = new Map<string, string>();
  const waits = new Map<string, Wait>();
  let latest = 0;

  const checkOrder = ({ part, id, before, after }: Change): void => {
    const { key, ordered } = before?.job.limits ?? {};
    if (key === undefined || !ordered) return;
    const holder = first.get(key);
    // A replayed one comes last.
    if (holder === id && (after === undefined || after.ended !== undefined)) first.delete(key);
    if (part.kind !== "claim") return;
    if (holder !== undefined && holder !== id)
      fail("keyOrder", `${id} began, and ${holder}, which began before it in ${key}, has not ended`);
    first.set(key, id);
  };

  /** Of those behind a key, the first is let through: by priority, and by when it was due. */
  const checkLine = (changes: readonly Change[], open: readonly ObservedRow[]): void => {
    // Whoever a call has changed may have another place.
    const moved = new Set(changes.flatMap(({ part, id }) => (part.kind === "claim" ? [] : [id])));
    for (const one of open) {
      const was = moved.has(one.row.id) ? undefined : behind.get(one.row.id);
      if (was === undefined || one.place !== undefined) continue;
      const passed = open.find(({ row: { id }, job, place }) => {
        const other = moved.has(id) ? undefined : behind.get(id);
        return place !== undefined && job.limits?.key === one.job.limits?.key && other && isBefore(other, was);
      });
      if (passed !== undefined) fail("keyOrder", `${one.row.id} got its turn before ${passed.row.id}, of its key`);
    }
  };

  /** A job that could start is passed by few of those that waited behind other keys. */
  const checkFairness = (
    changes: readonly Change[],
    open: readonly ObservedRow[],
    { operation, now }: Commit,
  ): void => {
    const ages = operation.verb === "claim" && operation.input[0].priorityAgeMs !== undefined;
    const running = (key: string | undefined): number =>
      open.filter(({ job, leased }) => leased && job.limits?.key === key).length;
    const couldStart = ({ job, leased, place, dueAt }: ObservedRow): boolean =>
      !leased && place === undefined && dueAt <= now && running(job.limits?.key) < (job.limits?.running ?? Infinity);
    const ready = new Map(open.filter(couldStart).map((one) => [one.row.id, one]));
    for (const id of waits.keys()) if (!ready.has(id)) waits.delete(id);
    for (const [id, { job }] of ready) {
      const wait = waits.get(id) ?? { passed: new Set(), keys: new Set() };
      waits.set(id, wait);
      const others = open.filter((one) => one.job.queue === job.queue && one.job.limits?.key !== job.limits?.key);
      for (const { place, row, job: other } of others) {
        wait.keys.add(other.limits?.key ?? "");
        if (place !== undefined) wait.passed.add(row.id);
      }
    }
    for (const { part, id, before } of changes) {
      if (part.kind !== "claim" || part.job.stalled || before?.job.limits?.key === undefined) continue;
      for (const [waiting, wait] of waits) count(waiting, wait, id, before, ages);
    }
  };
  const claims = new Map<string, number>();
  const count = (waiting: string, { passed, keys }: Wait, id: string, { job }: ObservedRow, ages: boolean): void => {
    const other = rows.all.get(waiting);
    if (!passed.has(id) || other === undefined || job.priority < other.job.priority) return;
    if (ages && job.priority > other.job.priority) return;
    const times = (claims.get(waiting) ?? 0) + 1;
    claims.set(waiting, times);
    if (times > keys.size + 1)
      fail("fairness", `${waiting} was passed ${times} times by jobs that waited behind ${keys.size} other keys`);
  };

  return {
    commit(changes, commit) {
      const { now } = commit;
      if (now < latest) waits.clear();
      latest = Math.max(latest, now);
      for (const change of changes) checkOrder(change);
      const open = [...rows.all.values()].filter(({ job, ended }) => job.limits?.key && ended === undefined);
      checkLine(changes, open);
      checkFairness(changes, open, commit);
      for (const id of claims.keys()) if (!waits.has(id)) claims.delete(id);
      behind = new Map(open.filter(({ place }) => place !== undefined).map((one) => [one.row.id, one]));
    },
  };
}

function isBefore(a: ObservedRow, b: ObservedRow): boolean {
  return a.job.priority < b.job.priority || (a.job.priority === b.job.priority && a.dueAt < b.dueAt);
}
