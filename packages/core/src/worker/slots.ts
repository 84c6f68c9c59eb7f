/** The slots of one queue. */
export type QueueSlots<Run> = {
  readonly slots: number;
  /** Runs that have not ended, including those that wait for a slot or for the answer to their settlement. */
  held: number;
  /** Slots in use. */
  busy: number;
  /** Handlers that ignored their signal: they have lost their slot, but may still be running. */
  abandoned: number;
  readonly waiting: Run[];
  filling: boolean;
};

export function newQueueSlots<Run>(slots: number): QueueSlots<Run> {
  return { slots, held: 0, busy: 0, abandoned: 0, waiting: [], filling: false };
}

/**
 * How many more jobs the queue can take; none while abandoned handlers fill it. A run that waits for the answer to its
 * settlement has no slot any more; there are at most as many of them as slots, so that a backend that takes claims and
 * no settlements is not drained. `isAhead`: once the handlers that run now have ended; then there may be twice as many, or the
 * claim would wait for the settlements before it.
 */
export function freeSlots({ slots, held, busy, waiting, abandoned }: QueueSlots<unknown>, isAhead = false): number {
  if (abandoned >= slots) return 0;
  return isAhead ? Math.min(slots, 3 * slots - held) : Math.min(slots - busy - waiting.length, 2 * slots - held);
}
