import { type Ordered, createOrdered } from "./ordered.ts";
import { type Places, createPlaces } from "./places.ts";
import type { Row } from "./row.ts";
import { type Waiting, createWaiting } from "./waiting.ts";

/** One queue: its waiting jobs, and its leased jobs ordered by the lease's end. */
export type QueueState = {
  readonly waiting: Waiting;
  readonly leases: Ordered<Row>;
  readonly places: Places;
  /** How many jobs have not ended. */
  open: number;
  paused: boolean;
  /** A pause that ends by itself. */
  pausedUntil: number;
  /** Since when the queue has jobs that nobody has claimed; Infinity if somebody has, or after the warning. */
  unclaimedSince: number;
};

export function newQueueState(unclaimedSince: number): QueueState {
  return {
    waiting: createWaiting(),
    leases: createOrdered<Row>(),
    places: createPlaces(),
    open: 0,
    paused: false,
    pausedUntil: 0,
    unclaimedSince,
  };
}

export function isPaused({ paused, pausedUntil }: QueueState, now: number): boolean {
  return paused || pausedUntil > now;
}

/** A job whose lease has expired waits like any other, but its token stays valid until somebody claims it. */
export function lapse({ leases, waiting }: QueueState, now: number): void {
  for (let row = leases.first(); row !== undefined && row.key <= now; row = leases.first()) {
    leases.remove(row);
    waiting.push(row, now);
  }
}

/** Whether as many jobs of a queue run as its limit allows. */
export function isFull(queueState: QueueState, now: number): boolean {
  const { places, leases } = queueState;
  if (!places.areUsed()) return false;
  lapse(queueState, now);
  return leases.size() >= places.limit();
}

/** When the first of its jobs is due, also one whose worker has vanished; Infinity if it has none. */
export function firstDueAt({ waiting, leases }: QueueState): number {
  return Math.min(waiting.dueAt(), leases.first()?.key ?? Infinity);
}
