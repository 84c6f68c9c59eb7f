import type { PackedSketch } from "../contract/reporting.ts";

/**
 * The distribution of many values of at least 0 in little memory: a count for each bin; the borders of the bins grow by
 * a constant factor. Sketches of shards or minutes merge without loss. (DDSketch: Masson, Rim and Lee, VLDB 2019,
 * without its limit on the number of bins: values here are at most a month, in ms.)
 */
export type Sketch = {
  readonly bins: Map<number, number>;
  count: number;
};

/** The greatest relative error of a quantile. */
export const SKETCH_ERROR = 0.02;

const GROWTH = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
const LOG_GROWTH = Math.log(GROWTH);
/** The bin of all values below 1, which count as 0. */
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

/**
 * The value that this share (0 to 1) of the values does not exceed, within `SKETCH_ERROR`; undefined without values.
 */
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
