import type { NameStats, PackedSketch, QueueStats, StatsWindow, StoreStats } from "@longshore/core/adapter";
import { SKETCH_ERROR } from "@longshore/core/stats";
import { type Draft, type Entry, isBlocked } from "./state.ts";

/** A window begins with a whole slot and ends with the current one. */
const WINDOWS: Readonly<Record<StatsWindow, readonly [slotMs: number, slots: number]>> = {
  minute: [10_000, 6],
  hour: [300_000, 12],
  day: [3_600_000, 24],
};

/** Computed from the log of everything that ever happened. */
export function stats(draft: Draft, now: number, window: StatsWindow): StoreStats[] {
  const entries: Entry[] = [];
  for (let { log } = draft; log !== undefined; log = log.before) entries.push(log.entry);
  return [{ ...figuresOf(entries.reverse(), now, window), oldest: oldestOf(draft, now) }];
}

/** The figures of these entries, in the order in which they happened. */
export function figuresOf(entries: readonly Entry[], now: number, window: StatsWindow): Omit<StoreStats, "oldest"> {
  const [slotMs, slots] = WINDOWS[window];
  const from = (Math.floor(now / slotMs) - slots + 1) * slotMs;
  const first = Math.min(...entries.map(({ at }) => at));
  // All windows are made of slots of ten seconds, within which times are not distinguished.
  const seen = entries.filter(({ at }) => Math.floor(at / 10_000) * 10_000 >= from);
  return {
    coversMs: Math.max(0, now - Math.max(from, first)),
    queues: grouped(capped(seen), ({ queue }) => queue).map(([queue, those]) => countsOf(queue, those)),
    names: grouped(seen.filter(isAttempt), ({ name }) => name).map(([name, those]) => spreadsOf(name, those)),
    series: Array.from({ length: slots }, (_, i) => {
      const begin = from + i * slotMs;
      const those = seen.filter(({ at }) => Math.floor(at / slotMs) * slotMs === begin);
      const { queue: _1, ...counts } = countsOf("", those);
      const { name: _2, attempts: _3, ...spreads } = spreadsOf("", those.filter(isAttempt));
      return { from: begin, ...counts, ...spreads };
    }),
  };
}

const MOST_QUEUES = 50;

/** Counts all queues after the first fifty as one, per slot and per window. */
function capped(entries: readonly Entry[]): Entry[] {
  const own = [...new Set(entries.map(({ queue }) => queue))].slice(0, MOST_QUEUES);
  return entries.map((entry) => (own.includes(entry.queue) ? entry : { ...entry, queue: "(others)" }));
}

type Attempt = Exclude<Entry, { readonly type: "enqueued" }>;
const isAttempt = (entry: Entry): entry is Attempt => entry.type !== "enqueued";

function grouped<E extends Entry>(entries: readonly E[], by: (entry: E) => string): [string, E[]][] {
  const labels = [...new Set(entries.map(by))].sort();
  return labels.map((label) => [label, entries.filter((entry) => by(entry) === label)]);
}

function countsOf(queue: string, entries: readonly Entry[]): QueueStats {
  const count = (type: Entry["type"]): number => entries.filter((entry) => entry.type === type).length;
  return {
    queue,
    enqueued: count("enqueued"),
    completed: count("complete"),
    failed: count("retry"),
    dead: count("dead"),
  };
}

function spreadsOf(name: string, attempts: readonly Attempt[]): NameStats {
  return {
    name,
    waited: packed(attempts.map(({ waitedMs }) => waitedMs)),
    ran: packed(attempts.map(({ ranMs }) => ranMs)),
    attempts: packed(attempts.filter(({ type }) => type === "complete").map(({ attempt }) => attempt)),
  };
}

/** Bins whose upper bounds are the powers of one factor; values below 1 are in a bin before them. */
function packed(values: readonly number[]): PackedSketch {
  const factor = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
  const bins = values.map((value) => (value < 1 ? -1 : Math.ceil(Math.log(value) / Math.log(factor))));
  const distinct = [...new Set(bins)].sort((a, b) => a - b);
  return distinct.flatMap((bin) => [bin, bins.filter((one) => one === bin).length]);
}

function oldestOf({ rows }: Draft, now: number): StoreStats["oldest"] {
  const due = [...rows.values()].filter((row) => row.ended === undefined && !isBlocked(row) && row.dueAt <= now);
  const queues = [...new Set(due.map(({ data }) => data.queue))].sort();
  return queues.map((queue) => {
    const times = due.filter(({ data }) => data.queue === queue).map(({ dueAt }) => dueAt);
    return { queue, waitedMs: now - Math.min(...times) };
  });
}
