import type { StoreState } from "./state.ts";

/** How many jobs may start now; each `begin` takes one place. A job keeps its place while its lease lasts. */
export type Capacity = {
  /** How many jobs may start in total. */
  free(): number;
  /** How many jobs of a queue its own limit allows. */
  freeIn(queue: string): number;
  /** How many jobs of a queue may start, by its limit and by everything that runs. */
  startable(queue: string): number;
  /** `number`: of the job that begins, if it has one for its queue. */
  begin(queue: string, number?: number): void;
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
  /** What the newest jobs with a number say about their queues. */
  const said = new Map<string, { readonly number: number; readonly token: number }>();
  const begin = (queue: string, number?: number): void => {
    free--;
    running.set(queue, (running.get(queue) ?? 0) + 1);
    if (number !== undefined) said.set(queue, { number, token: Infinity });
  };
  for (const { queue, due, limits: { queue: number } = {}, token } of leases.held.values()) {
    if (due > now) begin(queue);
    if (number !== undefined && token > (said.get(queue)?.token ?? 0)) said.set(queue, { number, token });
  }
  const scarce = free < batch;

  const freeIn = (queue: string): number => {
    const own = Object.hasOwn(limits, queue) ? (limits[queue] ?? 0) : Infinity;
    return Math.min(own, said.get(queue)?.number ?? Infinity) - (running.get(queue) ?? 0);
  };
  return {
    free: () => free,
    freeIn,
    startable: (queue) => Math.min(scarce ? 1 - (running.get(queue) ?? 0) : free, free, freeIn(queue)),
    begin,
  };
}
