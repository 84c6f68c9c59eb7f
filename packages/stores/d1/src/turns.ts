import { nextTat, opensAt } from "@longshore/core/adapter";
import type { KeptLimits } from "./lanes.ts";

/** What a claim has read of a queue: no more than it could need, and no payloads. */
export type Picture = {
  /** Null: the queue pauses. */
  readonly at: number | null;
  readonly due: readonly Seen[];
  readonly lanes: readonly SeenLane[];
  /** Whether its leases are counted, how many hold, and how many may; null: any number. */
  readonly counts: Flag;
  readonly taken: number;
  readonly places: number | null;
};

/** A row. `turn`: when it became due, or its lease's end. */
export type Seen = Readonly<Record<"size" | "priority" | "turn" | "seq", number>> &
  Readonly<Record<"leased" | "late", Flag>> & { readonly id: string; readonly limits: KeptLimits | null };

type Flag = 0 | 1;

/** The jobs with one key of a limit. `parked`: the first of those that wait behind it; `more`: there may be others. */
type SeenLane = {
  readonly key: string;
  readonly running: number;
  readonly ready: string | null;
  readonly tat: number | null;
  readonly parked: readonly Seen[];
  readonly more: Flag;
};

/** `most`: as many as it has read have more behind them. */
export type Terms = Readonly<Record<"limit" | "most" | "mostCharacters" | "mostLate", number>> & {
  readonly ageMs: number | undefined;
};

/** What a claim does. */
export type Taking = {
  /** In the order of their turns; those that have not begun in time are among them. */
  readonly taken: readonly Seen[];
  /** Those of them that had waited behind their keys. */
  readonly through: readonly string[];
  /** Those that were due and wait behind their keys from now on. */
  readonly parked: readonly string[];
  /** Keys behind which another may start, in the order in which it is let through. */
  readonly changed: readonly string[];
  /** By how much each rate goes on, from an instant or from now. */
  readonly rates: readonly (readonly [lane: string, from: number | null, byMs: number])[];
  /** It has come to the end of what it has read, and there may be more. */
  readonly short: boolean;
};

type Lane = {
  readonly key: string;
  readonly seen: SeenLane;
  readonly parked: Seen[];
  running: number;
  ready: string | null;
  tat: number | null;
  /** From where its rate goes on. */
  from?: number;
};

/**
 * Decides as a store in memory does: job after job, because each takes a place. What is let through is due when what was due
 * before is taken. If some have come too late, their ends come first.
 */
export function takeTurns(picture: Picture, at: number, terms: Terms): Taking {
  const { limit, most, mostCharacters, mostLate, ageMs = 0 } = terms;
  const lanes = new Map(
    picture.lanes.map((seen): [string, Lane] => [seen.key, { ...seen, seen, parked: [...seen.parked] }]),
  );
  const isBefore = (a: Seen, b: Seen): number =>
    (ageMs > 0 ? a.turn + a.priority * ageMs - (b.turn + b.priority * ageMs) : 0) || byPlace(a, b);

  const taken: Seen[] = [];
  const parked = new Set<string>();
  const through = new Map<string, string>();
  const touched = new Set<Lane>();
  let places = picture.places ?? Infinity;
  let holding = picture.taken;
  let [characters, late, over, short] = [0, 0, false, false];

  const take = (row: Seen, lane: Lane | undefined): void => {
    taken.push(row);
    characters += row.size;
    holding++;
    places = row.limits?.queue ?? places;
    if (lane === undefined || row.leased) return;
    const rate = rateOf(row);
    if (rate !== undefined) {
      const tat = nextTat(rate, lane.tat ?? undefined, at);
      lane.from ??= tat - rate.everyMs;
      lane.tat = tat;
    }
    lane.running++;
    if (lane.ready === row.id) lane.ready = null;
  };
  /** Returns what stays in its line. */
  const meet = (row: Seen): readonly Seen[] => {
    over ||= taken.length === limit || holding >= places || late === mostLate;
    over ||= taken.length > 0 && characters + row.size > mostCharacters;
    if (over) return [];
    const lane = lanes.get(row.limits?.lane ?? "");
    if (row.late) {
      late++;
      taken.push(row);
      return [];
    }
    if (lane !== undefined) touched.add(lane);
    if (lane === undefined || row.leased || mayStart(row, lane, at)) {
      take(row, lane);
      return [];
    }
    if (lane.ready === row.id) {
      if (row.limits?.ordered) return [row];
      lane.ready = null;
    }
    lane.parked.push(row);
    parked.add(row.id);
    return [];
  };
  const letThrough = (lane: Lane): readonly Seen[] => {
    const [first] = lane.parked.sort(byPlace);
    short ||= lane.seen.more === 1 && !lane.seen.parked.some((row) => lane.parked.includes(row));
    if (first === undefined || lane.ready !== null || !hasPlace(first, lane)) return [];
    lane.parked.shift();
    lane.ready = first.id;
    through.set(first.id, lane.key);
    const turn = Math.max(at, Math.ceil(opens(first, lane, at)));
    return turn > at ? [] : [{ ...first, turn, seq: Number.MAX_SAFE_INTEGER }];
  };

  let due = [...picture.due].sort(isBefore);
  for (let before = -1; before < taken.length && !over;) {
    before = taken.length;
    touched.clear();
    due = due.flatMap(meet);
    short ||= picture.due.length === most;
    if (late > 0) break;
    due = [...due, ...[...touched].flatMap(letThrough)].sort(isBefore);
    if (short) break;
  }
  const started = new Set(taken.map(({ id }) => id));
  const pending = [...through].flatMap(([id, key]) => (started.has(id) ? [] : [key]));
  return {
    taken,
    through: [...through.keys()].filter((id) => started.has(id)),
    parked: [...parked].filter((id) => !started.has(id)),
    changed: [...new Set([...pending, ...[...touched].map(({ key }) => key), ...lanes.keys()])],
    rates: [...lanes.values()].flatMap(({ key, from, tat }) =>
      from === undefined || tat === null ? [] : [[key, from > at ? from : null, tat - from] as const],
    ),
    short: short && !over,
  };
}

function byPlace(a: Seen, b: Seen): number {
  return a.priority - b.priority || a.turn - b.turn || a.seq - b.seq;
}

function rateOf({ limits }: Seen): { everyMs: number; burst: number } | undefined {
  const { every, burst = 1 } = limits ?? {};
  return every === undefined ? undefined : { everyMs: every, burst };
}

function opens(row: Seen, { tat }: Lane, at: number): number {
  const rate = rateOf(row);
  return rate === undefined ? at : opensAt(rate, tat ?? undefined, at);
}

function hasPlace({ limits }: Seen, lane: Lane): boolean {
  return lane.running < (limits?.running ?? Infinity);
}

function mayStart(row: Seen, lane: Lane, at: number): boolean {
  if (!hasPlace(row, lane) || opens(row, lane, at) > at) return false;
  return !row.limits?.ordered || lane.ready === null || lane.ready === row.id;
}
