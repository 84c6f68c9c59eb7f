import { type Keys, createKeys } from "./keys.ts";
import { type Lanes, createLanes } from "./lanes.ts";
import { type Ordered, createOrdered } from "./ordered.ts";
import { type QueueState, newQueueState } from "./queue-state.ts";
import type { Row } from "./row.ts";
import { warnUnclaimed } from "./warnings.ts";

/** All rows, and the structures that they are in. A row is in exactly one; each move takes O(log n). */
export type Structures = {
  readonly rows: Map<string, Row>;
  readonly queueStates: ReadonlyMap<string, QueueState>;
  /** Completed and cancelled rows, ordered by the end of their retention. The next one does the same for dead ones. */
  readonly kept: Ordered<Row>;
  readonly deadRows: Ordered<Row>;
  readonly keys: Keys;
  readonly lanes: Lanes;
  queueStateOf(queue: string): QueueState;
  /** The place of a row in the order of enqueues. */
  nextSeq(): number;
  detach(row: Row): void;
  hold(row: Row, rows: Ordered<Row>, location: Row["location"], key: number): void;
  /** A row that waits for a claim. `hasTurn`: no other with its key may start before it. */
  enter(row: Row, now: number, hasTurn?: boolean): void;
  /** Ends every step: rows that waited behind their keys are due from now on, or when their rate lets them start. */
  letThrough(now: number): void;
};

/** `isSystemClock`: only then can the store tell how long jobs have gone unclaimed. */
export function createStructures(clock: () => number, isSystemClock: boolean): Structures {
  const queueStates = new Map<string, QueueState>();
  const kept = createOrdered<Row>();
  const deadRows = createOrdered<Row>();
  const lanes = createLanes();
  let lastSeq = 0;

  const nextSeq = (): number => ++lastSeq;
  const queueStateOf = (queue: string): QueueState => {
    let queueState = queueStates.get(queue);
    if (queueState === undefined) {
      queueState = newQueueState(isSystemClock ? clock() : Infinity);
      queueStates.set(queue, queueState);
    }
    return queueState;
  };

  return {
    rows: new Map(),
    queueStates,
    kept,
    deadRows,
    keys: createKeys(),
    lanes,
    queueStateOf,
    nextSeq,
    detach(row) {
      if (lanes.unpark(row)) return;
      switch (row.location) {
        case "waiting":
          return queueStateOf(row.job.queue).waiting.remove(row);
        case "leases":
          return queueStateOf(row.job.queue).leases.remove(row);
        case "kept":
          return kept.remove(row);
        case "dead":
          return deadRows.remove(row);
        case "behind":
        case "after":
        case "held":
        case "gone":
          return undefined;
      }
    },
    hold(row, rows, location, key) {
      row.key = key;
      row.location = location;
      rows.push(row);
    },
    enter(row, now, hasTurn = false) {
      const { queue, limits } = row.job;
      const queueState = queueStateOf(queue);
      if (limits?.key !== undefined && row.key <= now && !hasTurn) lanes.park(row, now);
      else queueState.waiting.push(row, now);
      if (warnUnclaimed(queue, queueState.unclaimedSince, now)) queueState.unclaimedSince = Infinity;
    },
    letThrough(now) {
      if (!lanes.haveChanged()) return;
      for (const row of lanes.letThrough(now)) {
        row.seq = nextSeq();
        queueStateOf(row.job.queue).waiting.push(row, now);
      }
    },
  };
}
