/** The slots of one queue. */
export type QueueSlots<Run> = {
  readonly slots: number;
  /** Runs that have not ended, including waiting ones. */
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

/** How many more jobs the queue can take; none while abandoned handlers may fill it. */
export function freeSlots(queue: QueueSlots<unknown>): number {
  return queue.abandoned < queue.slots ? queue.slots - queue.held : 0;
}
