import type { PackedSketch } from "../contract/contract.ts";

/**
 * The distribution of many values of at least 0 in little memory: how many fell into each of the bins whose borders
 * grow by a constant factor. Two sketches add up to the sketch of all their values, so that those of several shards or
 * minutes lose nothing by being merged. (DDSketch: Masson, Rim and Lee, VLDB 2019, without its bound on the bins: what
 * is counted here are milliseconds of at most a month.)
 */
export type Sketch = {
  readonly bins: Map<number, number>;
  count: number;
};

/** A quantile is off by at most this share of itself. */
export const SKETCH_ERROR = 0.02;

const GROWTH = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
const LOG_GROWTH = Math.log(GROWTH);
/** Values below 1 share a bin, of which the value is 0. */
const NOTHING = -1;

export function newSketch(): Sketch {
  return { bins: new Map(), count: 0 };
}

export function addValue(sketch: Sketch, value: number): void {
  addTo(sketch, value < 1 ? NOTHING : Math.ceil(Math.log(value) / LOG_GROWTH), 1);
}

/** Adds all values of the second to the first. */
export function mergeSketch(into: Sketch, from: Sketch): void {
  for (const [bin, count] of from.bins) addTo(into, bin, count);
}

/** The value that a share of all values does not exceed, within `SKETCH_ERROR` of it; undefined where there is none. */
export function quantile({ bins, count }: Sketch, share: number): number | undefined {
  let left = Math.ceil(share * count);
  for (const [bin, size] of [...bins].sort(([a], [b]) => a - b)) {
    left -= size;
    if (left <= 0) return bin === NOTHING ? 0 : (2 * GROWTH ** bin) / (GROWTH + 1);
  }
  return undefined;
}

export function packSketch({ bins }: Sketch): PackedSketch {
  return [...bins].sort(([a], [b]) => a - b).flat();
}

export function unpackSketch(packed: PackedSketch): Sketch {
  const sketch = newSketch();
  for (let i = 0; i + 1 < packed.length; i += 2) addTo(sketch, packed[i] ?? NOTHING, packed[i + 1] ?? 0);
  return sketch;
}

function addTo(sketch: Sketch, bin: number, count: number): void {
  sketch.bins.set(bin, (sketch.bins.get(bin) ?? 0) + count);
  sketch.count += count;
}
