import { nextTat, opensAt } from "@longshore/core/adapter";

import type { Row } from "./row.ts";
import { type Waiting, createWaiting } from "./waiting.ts";

/**
 * The jobs with one key of a limit: those that run, the one that may start, and those that wait behind both. `tat`: of its
 * rate, once a job with one has started.
 */
type Lane = { readonly running: Set<Row>; ready: Row | undefined; readonly parked: Waiting; tat: number | undefined };

export type Lanes = {
  /** A due row waits behind its key. */
  park(row: Row, now: number): void;
  /** Takes a row that waits behind its key away. False if it does not. */
  unpark(row: Row): boolean;
  /** Whether it may start now. */
  hasPlace(row: Row, now: number): boolean;
  start(row: Row, now: number): void;
  /** An ordered row that ran, or could start, keeps its turn. False if it has none. */
  keep(row: Row): boolean;
  /** The row neither runs nor may start any more. */
  leave(row: Row): void;
  /** Whether rows may be let through. */
  haveChanged(): boolean;
  /** Takes the rows whose turn it is, of all keys that have changed. Each is due at its `key`. */
  letThrough(now: number): readonly Row[];
};

/** How many keys without a job there may be before those are forgotten whose time is over. */
const MOST_IDLE = 1_000;

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const changed = new Set<string>();
  /** Keys without a job, whose rate has not let all of its burst start again. */
  const idle = new Set<string>();
  let most = MOST_IDLE;
  const keyOf = ({ job: { limits } }: Row): string | undefined => limits?.key;
  const laneOf = (key: string): Lane => {
    const lane = lanes.get(key) ?? { running: new Set(), ready: undefined, parked: createWaiting(), tat: undefined };
    lanes.set(key, lane);
    return lane;
  };
  const placesIn = (lane: Lane, { job: { limits } }: Row): number => (limits?.running ?? Infinity) - lane.running.size;
  const freeAt = ({ tat }: Lane, { job: { limits } }: Row, now: number): number =>
    limits?.rate === undefined ? now : opensAt(limits.rate, tat, now);

  const isIdle = ({ ready, running, parked }: Lane): boolean =>
    ready === undefined && running.size === 0 && parked.first(Infinity) === undefined;
  const leaveIdle = (key: string, { tat = -Infinity }: Lane, now: number): void => {
    if (tat <= now) return void lanes.delete(key);
    idle.add(key);
    if (idle.size < most) return;
    for (const one of idle) {
      const lane = lanes.get(one);
      if (lane !== undefined && isIdle(lane) && (lane.tat ?? 0) > now) continue;
      idle.delete(one);
      if (lane !== undefined && isIdle(lane)) lanes.delete(one);
    }
    most = MOST_IDLE + 2 * idle.size;
  };

  return {
    haveChanged: () => changed.size > 0,
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
    hasPlace(row, now) {
      const key = keyOf(row);
      if (key === undefined) return true;
      const lane = laneOf(key);
      if (row.job.limits?.ordered && lane.ready !== undefined && lane.ready !== row) return false;
      return placesIn(lane, row) > 0 && freeAt(lane, row, now) <= now;
    },
    keep(row) {
      const key = keyOf(row);
      if (key === undefined || !row.job.limits?.ordered) return false;
      const lane = laneOf(key);
      if (!lane.running.delete(row) && lane.ready !== row) return false;
      lane.ready = row;
      return true;
    },
    start(row, now) {
      const key = keyOf(row);
      if (key === undefined) return;
      const lane = laneOf(key);
      if (lane.ready === row) lane.ready = undefined;
      lane.running.add(row);
      const rate = row.leased ? undefined : row.job.limits?.rate;
      if (rate !== undefined) lane.tat = nextTat(rate, lane.tat, now);
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
    letThrough(now) {
      const rows: Row[] = [];
      for (const key of changed) {
        const lane = laneOf(key);
        const first = lane.parked.first(Infinity);
        if (first === undefined) {
          if (isIdle(lane)) leaveIdle(key, lane, now);
        } else if (lane.ready === undefined && placesIn(lane, first) > 0) {
          lane.parked.remove(first);
          first.parked = false;
          first.key = Math.max(now, Math.ceil(freeAt(lane, first, now)));
          lane.ready = first;
          rows.push(first);
        }
      }
      changed.clear();
      return rows;
    },
  };
}
