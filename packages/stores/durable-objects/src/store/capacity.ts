import type { StoreState } from "./state.ts";

/** How many jobs may start now, counted down as they do. A job takes up a place for as long as its lease holds. */
export type Capacity = {
  /** How many jobs may start in all. */
  readonly free: number;
  /** How many of a queue its own limit allows. */
  freeIn(queue: string): number;
  /** How many of a queue may start by its limit and by what else runs. */
  startable(queue: string): number;
  begin(queue: string): void;
};

/**
 * While less than a batch may start, only queues that run nothing get a place: the lease of one job costs as much as
 * that of ten, so that the others wait for room for a batch.
 */
export function capacityAt({ leases, autoStart, options }: StoreState, now: number): Capacity {
  const { maxRunning = 0, batch = 1 } = autoStart ?? {};
  const limits = options.queues;
  const running = new Map<string, number>();
  let free = maxRunning;
  const begin = (queue: string): void => {
    free--;
    running.set(queue, (running.get(queue) ?? 0) + 1);
  };
  for (const { queue, due } of leases.held.values()) if (due > now) begin(queue);
  const scarce = free < batch;

  const freeIn = (queue: string): number =>
    (Object.hasOwn(limits, queue) ? (limits[queue] ?? 0) : Infinity) - (running.get(queue) ?? 0);
  return {
    get free() {
      return free;
    },
    freeIn,
    startable: (queue) => Math.min(scarce ? 1 - (running.get(queue) ?? 0) : free, free, freeIn(queue)),
    begin,
  };
}
