import type { Outcome, StatsWindow, StoreStats } from "./contract.ts";
import { addValue } from "./sketch.ts";
import { type PackedSlot, type Slot, addSlot, countsOf, newSlot, packSlot, spreadsOf, unpackSlot } from "./slot.ts";

/** What a store counts with: made by `statistics`, and given to the store as an option. Times are the store's. */
export type Statistics = {
  /** A job was created. */
  enqueued(job: { readonly queue: string }, now: number): void;
  /** A settlement was accepted. Snoozed attempts are not counted: they are as if they had not been. */
  settled(job: { readonly queue: string; readonly name: string }, attempt: SettledAttempt, now: number): void;
  read(window: StatsWindow, now: number): Omit<StoreStats, "oldest">;
  /** How many attempts were settled since the last `packAll`. */
  readonly fresh: number;
  /** What came since the last `packAll`, as JSON: to be kept along with something that is written anyway. */
  packFresh(): unknown;
  /** Everything, as JSON. */
  packAll(): unknown;
  /** Goes on from what was packed. */
  unpack(all: unknown, fresh: unknown): void;
};

export type SettledAttempt = {
  readonly outcome: Outcome["type"];
  /** From 1. */
  readonly attempt: number;
  /** From when it was due to its claim. */
  readonly waitedMs: number;
  /** From its claim to its settlement. */
  readonly ranMs: number;
};

type Slots = Map<number, Slot>;
type Packed = [version?: number, since?: number, ...windows: PackedSlots[]];
type PackedSlots = readonly (readonly [index: number, PackedSlot])[];

/** A window's slots come and go as a whole, so that its memory is fixed. */
const WINDOWS: Readonly<Record<StatsWindow, { readonly slotMs: number; readonly slots: number }>> = {
  minute: { slotMs: 10_000, slots: 6 },
  hour: { slotMs: 300_000, slots: 12 },
  day: { slotMs: 3_600_000, slots: 24 },
};
const NAMES = ["minute", "hour", "day"] as const;
/** The slots of all windows are made of these. */
const { slotMs: LEAST_MS } = WINDOWS.minute;
/** More than a hundred attempts fill, after which a store that packs has packed; one in memory never does. */
const MOST_FRESH = 250;
const COUNTED = { complete: "completed", retry: "failed", dead: "dead" } as const;

/**
 * Counts what passes through a store in the last minute, hour and day: rates by queue, times and attempts by job name.
 * Give it to the store, as in `memory({ stats: statistics() })`, one to each; read it by `readStats`.
 */
export function statistics(): Statistics {
  const kept: Readonly<Record<StatsWindow, Slots>> = { minute: new Map(), hour: new Map(), day: new Map() };
  /** What no window has yet. */
  const fresh: Slots = new Map();
  let since = Number.MAX_SAFE_INTEGER;
  let settled = 0;
  let version = 0;

  const slotNow = (now: number): Slot => {
    const index = Math.floor(now / LEAST_MS);
    since = Math.min(since, now);
    if (fresh.size >= MOST_FRESH && !fresh.has(index)) fold();
    return slotAt(fresh, index);
  };
  const fold = (): void => {
    for (const [index, slot] of fresh) {
      for (const window of NAMES) {
        const { slotMs, slots } = WINDOWS[window];
        const at = Math.floor((index * LEAST_MS) / slotMs);
        addSlot(slotAt(kept[window], at), slot);
        for (const old of kept[window].keys()) if (old <= at - slots) kept[window].delete(old);
      }
    }
    fresh.clear();
  };

  return {
    get fresh() {
      return settled;
    },
    enqueued({ queue }, now) {
      countsOf(slotNow(now), queue).enqueued += 1;
    },
    settled({ name, queue }, { outcome, attempt, waitedMs, ranMs }, now) {
      if (outcome === "snooze") return;
      const slot = slotNow(now);
      countsOf(slot, queue)[COUNTED[outcome]] += 1;
      const { waited, ran, attempts } = spreadsOf(slot, name);
      addValue(waited, waitedMs);
      addValue(ran, ranMs);
      if (outcome === "complete") addValue(attempts, attempt);
      settled += 1;
    },
    read(window, now) {
      const { slotMs, slots } = WINDOWS[window];
      const from = (Math.floor(now / slotMs) - slots + 1) * slotMs;
      const sum = newSlot();
      for (const [index, slot] of kept[window]) if (index * slotMs >= from) addSlot(sum, slot);
      for (const [index, slot] of fresh) if (index * LEAST_MS >= from) addSlot(sum, slot);
      return { coversMs: Math.max(0, now - Math.max(from, since)), ...packSlot(sum) };
    },
    packFresh: () => [version, since, packSlots(fresh)],
    packAll() {
      fold();
      settled = 0;
      version += 1;
      return [version, since, ...NAMES.map((window) => packSlots(kept[window]))];
    },
    unpack(all, packed) {
      // Both are what was packed, or nothing yet.
      const [of = 0, from = Number.MAX_SAFE_INTEGER, ...windows] = (all ?? []) as Packed;
      const [freshOf, freshFrom = from, slots = []] = (packed ?? []) as [number?, number?, PackedSlots?];
      version = of;
      since = Math.min(from, freshFrom);
      NAMES.forEach((window, i) => unpackSlots(kept[window], windows[i] ?? []));
      // What was packed before the whole is part of it.
      unpackSlots(fresh, freshOf === of ? slots : []);
      settled = 0;
      for (const { names } of fresh.values()) {
        for (const { ran } of names.values()) settled += ran.count;
      }
    },
  };
}

function slotAt(slots: Slots, index: number): Slot {
  let slot = slots.get(index);
  if (slot === undefined) slots.set(index, (slot = newSlot()));
  return slot;
}

function packSlots(slots: Slots): PackedSlots {
  return [...slots].map(([index, slot]) => [index, packSlot(slot)]);
}

function unpackSlots(into: Slots, packed: PackedSlots): void {
  into.clear();
  for (const [index, slot] of packed) into.set(index, unpackSlot(slot));
}
