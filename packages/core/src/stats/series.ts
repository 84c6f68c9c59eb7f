import type { SeriesStats } from "../contract/reporting.ts";
import type { Bucket, Counts } from "./bucket.ts";
import { type Sketch, mergeSketch, newSketch, packSketch, unpackSketch } from "./sketch.ts";

/** What happened in one part of a window, over all queues and names. */
export type Total = Counts & { readonly from: number; readonly waited: Sketch; readonly ran: Sketch };

export function newTotal(from: number): Total {
  return { from, enqueued: 0, completed: 0, failed: 0, dead: 0, waited: newSketch(), ran: newSketch() };
}

export function addTotal(into: Total, { queues, names }: Bucket): void {
  for (const counts of queues.values()) addCounts(into, counts);
  for (const { waited, ran } of names.values()) {
    mergeSketch(into.waited, waited);
    mergeSketch(into.ran, ran);
  }
}

export function packTotal({ waited, ran, ...counts }: Total): SeriesStats {
  return { ...counts, waited: packSketch(waited), ran: packSketch(ran) };
}

/** The series of several shards as one: parts that began at the same time add up. */
export function addSeries(all: readonly (readonly SeriesStats[])[]): readonly Total[] {
  const totals = new Map<number, Total>();
  for (const { waited, ran, ...counts } of all.flat()) {
    const total = totals.get(counts.from) ?? newTotal(counts.from);
    totals.set(counts.from, total);
    addCounts(total, counts);
    mergeSketch(total.waited, unpackSketch(waited));
    mergeSketch(total.ran, unpackSketch(ran));
  }
  return [...totals.values()].sort((a, b) => a.from - b.from);
}

function addCounts(into: Counts, { enqueued, completed, failed, dead }: Readonly<Counts>): void {
  into.enqueued += enqueued;
  into.completed += completed;
  into.failed += failed;
  into.dead += dead;
}
