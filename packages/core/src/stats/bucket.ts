import type { NameStats, QueueStats } from "../contract/reporting.ts";
import { type Sketch, mergeSketch, newSketch, packSketch, unpackSketch } from "./sketch.ts";

/** The counts and distributions of a period, by queue and by job name. */
export type Bucket = { readonly queues: Map<string, Counts>; readonly names: Map<string, Spreads> };
export type Counts = { enqueued: number; completed: number; failed: number; dead: number };
/** `waited` and `ran` are in ms; `attempts` is how many attempts a completed job needed. */
export type Spreads = { readonly waited: Sketch; readonly ran: Sketch; readonly attempts: Sketch };
export type PackedBucket = { readonly queues: readonly QueueStats[]; readonly names: readonly NameStats[] };

/** This many queues, and this many names, have their own figures; later ones share the label `OTHERS`. */
const MOST_LABELS = 50;
/** Not a valid name of a queue or a job. */
const OTHERS = "(others)";

export function newBucket(): Bucket {
  return { queues: new Map(), names: new Map() };
}

export function countsOf({ queues }: Bucket, queue: string): Counts {
  return labelled(queues, queue, () => ({ enqueued: 0, completed: 0, failed: 0, dead: 0 }));
}

export function spreadsOf({ names }: Bucket, name: string): Spreads {
  return labelled(names, name, () => ({ waited: newSketch(), ran: newSketch(), attempts: newSketch() }));
}

export function addBucket(into: Bucket, { queues, names }: Bucket): void {
  for (const [queue, { enqueued, completed, failed, dead }] of queues) {
    const sum = countsOf(into, queue);
    sum.enqueued += enqueued;
    sum.completed += completed;
    sum.failed += failed;
    sum.dead += dead;
  }
  for (const [name, { waited, ran, attempts }] of names) {
    const sum = spreadsOf(into, name);
    mergeSketch(sum.waited, waited);
    mergeSketch(sum.ran, ran);
    mergeSketch(sum.attempts, attempts);
  }
}

export function packBucket({ queues, names }: Bucket): PackedBucket {
  return {
    queues: byLabel(queues).map(([queue, counts]) => ({ queue, ...counts })),
    names: byLabel(names).map(([name, { waited, ran, attempts }]) => ({
      name,
      waited: packSketch(waited),
      ran: packSketch(ran),
      attempts: packSketch(attempts),
    })),
  };
}

export function unpackBucket({ queues, names }: PackedBucket): Bucket {
  const bucket = newBucket();
  for (const { queue, ...counts } of queues) bucket.queues.set(queue, counts);
  for (const { name, waited, ran, attempts } of names) {
    const spreads = { waited: unpackSketch(waited), ran: unpackSketch(ran), attempts: unpackSketch(attempts) };
    bucket.names.set(name, spreads);
  }
  return bucket;
}

function byLabel<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function labelled<T>(map: Map<string, T>, label: string, make: () => T): T {
  const known = map.get(label);
  if (known !== undefined) return known;
  const own = map.has(OTHERS) ? map.size - 1 : map.size;
  if (own >= MOST_LABELS && label !== OTHERS) return labelled(map, OTHERS, make);
  const made = make();
  map.set(label, made);
  return made;
}
