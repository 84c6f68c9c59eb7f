import { PAUSED, QUEUE_FULL, type QueueDepth, type StoreStats, type WakeRequest } from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { capacityAt } from "./capacity.ts";

const NO_RUNNER = "the object has no runner, and its log says why";

/** Returns why a queue hands out no jobs, as far as the store knows. */
export function queueWaitsFor(state: StoreState, now: number): (queue: string) => string | undefined {
  const capacity = capacityAt(state, now);
  return (queue) => {
    if (state.paused.has(queue)) return PAUSED;
    if (state.noRunner) return NO_RUNNER;
    return capacity.freeIn(queue) > 0 ? undefined : QUEUE_FULL;
  };
}

export function dueInMs(state: StoreState, { queues, schedules }: WakeRequest, now: number): number | undefined {
  const { waiting, leases, paused } = state;
  const wanted = new Set(queues);
  const capacity = capacityAt(state, now);
  const mayRun = (queue: string): boolean => capacity.freeIn(queue) > 0;
  let first = Infinity;
  const notPaused = (queue: string, due: number): number => Math.max(due, paused.get(queue) ?? 0);
  for (const queue of wanted) if (mayRun(queue)) first = Math.min(first, notPaused(queue, waiting.dueAt(queue)));
  for (const { queue, due } of leases.held.values()) {
    // A queue at its limit has room again when one of its leases ends.
    if (wanted.has(queue) && (due > now || mayRun(queue))) first = Math.min(first, notPaused(queue, due));
  }
  for (const ref of schedules) first = Math.min(first, state.cursors.get(ref)?.nextAt ?? Infinity);
  return first === Infinity ? undefined : Math.max(0, first - now);
}

export function depth({ depths, waiting, leases }: StoreState, queue: string, now: number): QueueDepth {
  const lapsed = [...leases.held.values()].filter((lease) => lease.queue === queue).map(({ due }) => due);
  return { jobs: depths.of(queue), waitedMs: Math.max(0, now - Math.min(waiting.dueAt(queue), ...lapsed)) };
}

/** For each queue with a claimable job, ignoring pauses: how long ago the first one became due. */
export function oldest({ waiting, leases }: StoreState, now: number): StoreStats["oldest"] {
  const queues = new Map<string, number>();
  const see = (queue: string, due: number): void => {
    if (due <= now) queues.set(queue, Math.max(queues.get(queue) ?? 0, now - due));
  };
  for (const queue of waiting.queues().keys()) see(queue, waiting.dueAt(queue));
  for (const { queue, due } of leases.held.values()) see(queue, due);
  return [...queues].sort(([a], [b]) => (a < b ? -1 : 1)).map(([queue, waitedMs]) => ({ queue, waitedMs }));
}
