import { type Entry, figuresOf, show } from "@longshore/conformance/tools";
import type { Stats, Store } from "@longshore/core/adapter";
import type { Fail } from "./invariants.ts";
import type { Change } from "./rows.ts";

/** Checks what the store counts against everything that happened. */
export type Statistics = {
  commit(changes: readonly Change[], now: number): void;
  scan(now: number): Promise<void>;
};

export function watchStatistics(store: Store & Partial<Stats>, fail: Fail): Statistics {
  const entries: Entry[] = [];
  /** By token. */
  const claims = new Map<number, { readonly at: number; readonly waitedMs: number }>();

  const note = ({ part, before, after }: Change, now: number): void => {
    if (part.kind === "claim") claims.set(part.job.token, { at: now, waitedMs: part.job.waitedMs });
    if (part.kind === "enqueue" && before === undefined && after !== undefined) {
      entries.push({ type: "enqueued", at: now, queue: part.job.queue, name: part.job.name });
    }
    if (part.kind !== "settle" || part.answer !== "accepted" || before === undefined) return;
    const { type } = part.settlement.outcome;
    const { at, waitedMs } = claims.get(part.settlement.token) ?? { at: now, waitedMs: 0 };
    const { queue, name } = before.job;
    const ranMs = Math.max(0, now - at);
    if (type !== "snooze") entries.push({ type, at: now, queue, name, attempt: before.attempt, waitedMs, ranMs });
  };

  return {
    commit(changes, now) {
      for (const change of changes) note(change, now);
    },
    async scan(now) {
      // The longest window: when the clock goes back, the others have already forgotten what would be in them again.
      const [counted] = (await store.stats?.("day")) ?? [];
      if (counted === undefined) return;
      const { queues, names } = figuresOf(entries, now, "day");
      const [is, should] = [
        { queues: counted.queues, names: counted.names },
        { queues, names },
      ].map(show);
      if (is !== should) fail("statistics", `the store has counted ${is}, and what happened is ${should}`);
    },
  };
}
