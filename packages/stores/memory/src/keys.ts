import { type HeldKey, type KeyedJob } from "@longshore/core/adapter";

import { type Row, stateAt } from "./row.ts";

/** A row whose job has a unique key. */
export type KeyedRow = Row & { held: HeldKey };

/** Which row holds each unique key, and which one waits behind it. */
export type Keys = {
  readonly holders: Map<string, KeyedRow>;
  readonly behind: Map<string, KeyedRow>;
  /** The holder of a key. One that has ended and whose time is over loses it. */
  holder(key: string, now: number): KeyedRow | undefined;
  /** How long a row that ends now goes on holding its key: none waits behind it. */
  heldMs(row: Row, now: number): number;
  /** Takes its key away from a row. Returns the row that waited behind it, and holds the key now. */
  leave(row: Row): KeyedRow | undefined;
};

export function createKeys(): Keys {
  const holders = new Map<string, KeyedRow>();
  const behind = new Map<string, KeyedRow>();
  const keys: Keys = {
    holders,
    behind,
    holder(key, now) {
      const row = holders.get(key);
      if (row?.history?.ended === undefined || row.held.until > now) return row;
      keys.leave(row);
      return undefined;
    },
    heldMs(row, now) {
      if (row.held === undefined) return 0;
      const { key, until } = row.held;
      return holders.get(key) === row && !behind.has(key) ? Math.max(0, until - now) : 0;
    },
    leave(row) {
      if (row.held === undefined) return undefined;
      const { key } = row.held;
      if (behind.get(key) === row) behind.delete(key);
      if (holders.get(key) !== row) return undefined;
      const next = behind.get(key);
      behind.delete(key);
      if (next === undefined) holders.delete(key);
      else holders.set(key, next);
      return next;
    },
  };
  return keys;
}

export function keyedJob(row: KeyedRow | undefined, now: number): KeyedJob | undefined {
  return row && { id: row.job.id, state: stateAt(row, now), held: row.held };
}
