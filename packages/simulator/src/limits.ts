import type { Limits as JobLimits } from "@longshore/core/adapter";
import type { Fail } from "./invariants.ts";
import type { ObservedRow } from "./observed-row.ts";
import type { Change, Rows } from "./rows.ts";

/** Checks limits: how many jobs of a key run at a time, and that none waits while there is a place. */
export type Limits = { commit(changes: readonly Change[], now: number): void };

export function watchLimits(rows: Rows, fail: Fail): Limits {
  let latest = 0;
  const check = (key: string, now: number): void => {
    const live = [...rows.all.values()].filter(({ job, ended }) => job.limits?.key === key && ended === undefined);
    // One whose lease has ended keeps its place.
    const running = live.filter(({ leased }) => leased);
    const blocked = live.filter(({ place }) => place !== undefined);
    const [first] = blocked;
    const limit = first?.job.limits?.running ?? Infinity;
    const most = Math.max(0, ...running.map(({ job }) => job.limits?.running ?? Infinity));
    if (running.length > most) fail("limits", `${named(running)} run, with a limit of ${most} for their key`);
    // Once the clock went back, the one that may start is due only when it was let through.
    if (now < latest) return;
    // With a rate, it is due when that lets it start; and the first of an order keeps its turn until its retry is due.
    const { rate, ordered } = first?.job.limits ?? {};
    const isLater = rate !== undefined || ordered === true;
    const ready = live.some(({ leased, place, dueAt }) => !leased && place === undefined && (isLater || dueAt <= now));
    if (first !== undefined && !ready && running.length < limit)
      fail("limits", `${named(blocked)} wait for a place of ${limit}, of which ${running.length} are taken`);
  };

  /** When jobs with a rate started, by key, while the clock went on. */
  const starts = new Map<string, number[]>();
  const checkRate = ({ key = "", rate }: JobLimits, now: number): void => {
    if (rate === undefined) return;
    const times = [...(now < latest ? [] : (starts.get(key) ?? [])), now];
    starts.set(key, times);
    times.forEach((since, i) => {
      const most = rate.burst + Math.floor((now - since) / rate.everyMs);
      if (times.length - i > most)
        fail("throttle", `${times.length - i} jobs of ${key} started within ${now - since} ms, not ${most}`);
    });
  };

  return {
    commit(changes, now) {
      if (now < latest) starts.clear();
      for (const { part, before } of changes) {
        if (part.kind === "claim" && !part.job.stalled) checkRate(before?.job.limits ?? {}, now);
      }
      const keys = new Set(changes.flatMap(({ before, after }) => (after ?? before)?.job.limits?.key ?? []));
      for (const key of keys) check(key, now);
      latest = Math.max(latest, now);
    },
  };
}

function named(rows: readonly ObservedRow[]): string {
  return rows.map(({ row }) => row.id).join(" ");
}
