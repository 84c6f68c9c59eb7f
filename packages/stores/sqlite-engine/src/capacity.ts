import type { StoreState } from "./state.ts";

/** How many jobs may start now; each `begin` takes one place. A job keeps its place while its lease lasts. */
export type Capacity = {
  /** How many jobs may start in total. */
  readonly free: number;
  /** How many jobs of a queue its own limit allows. */
  freeIn(queue: string): number;
  /** How many jobs of a queue may start, by its limit and by everything that runs. */
  startable(queue: string): number;
  begin(queue: string): void;
};

/**
 * If less than a full batch may start, only queues without running jobs get a place. The lease of one job costs as much
 * as that of ten, so the other queues wait until there is room for a batch.
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
