import type { StoreStats, WakeRequest } from "@longshore/core/adapter";
import type { Books } from "./books.ts";

/** From when each line and each lease has something for a claim, in all queues that are not paused. */
export function dues({ waiting, leases, paused }: Books): readonly { readonly queue: string; readonly due: number }[] {
  return [...waiting.heads(), ...leases.held.values()].filter(({ queue }) => !paused.has(queue));
}

export function dueInMs(books: Books, { queues, schedules }: WakeRequest, now: number): number | undefined {
  const first = Math.min(
    ...dues(books).map(({ queue, due }) => (queues.includes(queue) ? due : Infinity)),
    ...schedules.map((name) => books.schedules.get(name)?.nextAt ?? Infinity),
  );
  return first === Infinity ? undefined : Math.max(0, first - now);
}

/** For each queue in which a claim would find something, if it were not paused: how long ago the first became due. */
export function oldest({ waiting, leases }: Books, now: number): StoreStats["oldest"] {
  const queues = new Map<string, number>();
  for (const { queue, due } of [...waiting.heads(), ...leases.held.values()]) {
    if (due <= now) queues.set(queue, Math.max(queues.get(queue) ?? 0, now - due));
  }
  return [...queues].sort(([a], [b]) => (a < b ? -1 : 1)).map(([queue, waitedMs]) => ({ queue, waitedMs }));
}
