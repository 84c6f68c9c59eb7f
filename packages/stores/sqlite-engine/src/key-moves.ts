import { type KeyRef, heldUntil } from "@longshore/core/adapter";
import { withPatience } from "./expiry.ts";
import { letThrough } from "./let-through.ts";
import { FIND } from "./keys.ts";
import { behindOf, keyOf, withKey } from "./stored-key.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";
import { wait } from "./wait.ts";

/** Whoever holds a key. One that has ended and whose time is over loses it here. */
export function holderOf(state: StoreState, key: string, now: number): Row | undefined {
  for (const row of find(state, key, now)) {
    const stored = keyOf(row.about);
    if (row.ended === null || (stored !== undefined && stored.unique.until > now)) return row;
    if (stored !== undefined) state.tables.put(withKey(row, { unique: stored.unique }));
  }
  return undefined;
}

/** The rows in a slot, without those that have expired. */
export function find({ tables }: StoreState, slot: string, now: number): readonly Row[] {
  const small = tables.small.inSlot(slot);
  return small === undefined ? tables.sql<Row>(FIND, slot, now) : [small];
}

/**
 * A row that ends or is removed: whoever waits behind it has its key, and may start, not before an instant. Else it may
 * go on holding its key: `heldMs`.
 */
export function leaveKey(
  state: StoreState,
  row: Row,
  now: number,
  notBefore: number = now,
): { readonly row: Row; readonly heldMs: number } {
  const stored = keyOf(row.about);
  if (stored === undefined) return { row, heldMs: 0 };
  const { unique, slot } = stored;
  const without = withKey(row, { unique });
  if (slot !== unique.key) return { row: without, heldMs: 0 };
  if (passOn(state, unique.key, now, notBefore)) return { row: without, heldMs: 0 };
  const heldMs = Math.max(0, unique.until - now);
  return { row: heldMs > 0 ? row : without, heldMs };
}

/** Whoever waits behind the holder of a key has it from now on. False if nobody does. */
function passOn(state: StoreState, key: string, now: number, notBefore: number): boolean {
  const [next] = find(state, behindOf(key), now);
  const stored = next && keyOf(next.about);
  if (stored === undefined) return false;
  const unique = notBefore > now ? { ...stored.unique, notBefore } : stored.unique;
  const due = Math.max((next as Row).due, notBefore);
  wait(state, withPatience(withKey({ ...(next as Row), due }, { unique, slot: key }), now), due, now);
  state.keys.passedOn = true;
  return true;
}

/** A replayed job takes its key again. Undefined if another one has it. */
export function takeKey(state: StoreState, row: Row, now: number): Row | undefined {
  const stored = keyOf(row.about);
  if (stored === undefined) return row;
  const { unique } = stored;
  const holder = holderOf(state, unique.key, now);
  if (holder !== undefined && holder.id !== row.id) return undefined;
  return withKey(row, { unique: { ...unique, since: now, until: heldUntil(unique, now) }, slot: unique.key });
}

export function release(state: StoreState, refs: readonly KeyRef[], now: number): ("released" | "free")[] {
  state.keys.prepare();
  return refs.map(({ key }) => {
    const holder = holderOf(state, key, now);
    const stored = holder && keyOf(holder.about);
    if (holder === undefined || stored === undefined) return "free";
    passOn(state, key, now, now);
    state.tables.put(withKey(holder, { unique: stored.unique }));
    letThrough(state, now);
    return "released";
  });
}
