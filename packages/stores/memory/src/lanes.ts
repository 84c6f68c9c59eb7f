import type { Row } from "./row.ts";
import { type Waiting, createWaiting } from "./waiting.ts";

/** The jobs with one key of a limit: those that run, the one that may start, and those that wait behind both. */
type Lane = { readonly running: Set<Row>; ready: Row | undefined; readonly parked: Waiting };

export type Lanes = {
  /** A due row waits behind its key. */
  park(row: Row, now: number): void;
  /** Takes a row that waits behind its key away. False if it does not. */
  unpark(row: Row): boolean;
  hasPlace(row: Row): boolean;
  start(row: Row): void;
  /** The row neither runs nor may start any more. */
  leave(row: Row): void;
  /** Takes the rows that may start now, of all keys that have changed. */
  letThrough(): readonly Row[];
};

/** Shared, because most ends let nobody through. */
const NONE: readonly Row[] = [];

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const changed = new Set<string>();
  const keyOf = ({ job: { limits } }: Row): string | undefined => limits?.key;
  const laneOf = (key: string): Lane => {
    const lane = lanes.get(key) ?? { running: new Set(), ready: undefined, parked: createWaiting() };
    lanes.set(key, lane);
    return lane;
  };
  const placesIn = (lane: Lane, { job: { limits } }: Row): number => (limits?.running ?? Infinity) - lane.running.size;

  return {
    park(row, now) {
      const key = keyOf(row);
      if (key === undefined) return;
      row.parked = true;
      const lane = laneOf(key);
      // A claim that met it had no place any more.
      if (lane.ready === row) lane.ready = undefined;
      lane.parked.push(row, now);
      changed.add(key);
    },
    unpark(row) {
      const key = keyOf(row);
      if (!row.parked || key === undefined) return false;
      row.parked = false;
      laneOf(key).parked.remove(row);
      return true;
    },
    hasPlace(row) {
      const key = keyOf(row);
      return key === undefined || placesIn(laneOf(key), row) > 0;
    },
    start(row) {
      const key = keyOf(row);
      if (key === undefined) return;
      const lane = laneOf(key);
      if (lane.ready === row) lane.ready = undefined;
      lane.running.add(row);
      changed.add(key);
    },
    leave(row) {
      const key = keyOf(row);
      if (key === undefined) return;
      const lane = laneOf(key);
      if (lane.ready === row) lane.ready = undefined;
      lane.running.delete(row);
      changed.add(key);
    },
    letThrough() {
      if (changed.size === 0) return NONE;
      const rows: Row[] = [];
      for (const key of changed) {
        const lane = laneOf(key);
        const first = lane.parked.first(Infinity);
        if (first === undefined) {
          if (lane.ready === undefined && lane.running.size === 0) lanes.delete(key);
        } else if (lane.ready === undefined && placesIn(lane, first) > 0) {
          lane.parked.remove(first);
          first.parked = false;
          lane.ready = first;
          rows.push(first);
        }
      }
      changed.clear();
      return rows;
    },
  };
}
