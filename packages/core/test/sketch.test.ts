import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  SKETCH_ERROR,
  type Sketch,
  addValue,
  mergeSketch,
  newSketch,
  packSketch,
  quantile,
  unpackSketch,
} from "../src/stats/sketch.ts";

const DAY = 86_400_000;
const values = fc.array(fc.oneof(fc.integer({ min: 0, max: DAY }), fc.double({ min: 0, max: 1e5, noNaN: true })), {
  minLength: 1,
  maxLength: 300,
});
const share = fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99, 1);

function sketchOf(numbers: readonly number[]): Sketch {
  const sketch = newSketch();
  for (const number of numbers) addValue(sketch, number);
  return sketch;
}

/** The value that so large a share of them does not exceed. */
function exact(numbers: readonly number[], wanted: number): number {
  return [...numbers].sort((a, b) => a - b)[Math.ceil(wanted * numbers.length) - 1] ?? Number.NaN;
}

describe("a quantile of a sketch", () => {
  test("is off by at most the stated share of itself, and by less than 1 below 1", () => {
    fc.assert(
      fc.property(values, share, (numbers, wanted) => {
        const truth = exact(numbers, wanted);
        const told = quantile(sketchOf(numbers), wanted) ?? Number.NaN;
        expect(Math.abs(told - truth)).toBeLessThanOrEqual(truth < 1 ? 1 : truth * SKETCH_ERROR * 1.000_001);
      }),
    );
  });

  test("is the same of merged sketches as of one that saw all their values", () => {
    fc.assert(
      fc.property(values, values, share, (some, others, wanted) => {
        const merged = sketchOf(some);
        mergeSketch(merged, sketchOf(others));
        expect(merged.count).toBe(some.length + others.length);
        expect(quantile(merged, wanted)).toBe(quantile(sketchOf([...some, ...others]), wanted));
      }),
    );
  });

  test("is the same after it was packed into JSON", () => {
    fc.assert(
      fc.property(values, share, (numbers, wanted) => {
        const sketch = sketchOf(numbers);
        const back = unpackSketch(JSON.parse(JSON.stringify(packSketch(sketch))));
        expect(back.count).toBe(sketch.count);
        expect(quantile(back, wanted)).toBe(quantile(sketch, wanted));
      }),
    );
  });

  test("of nothing is undefined", () => {
    expect(quantile(newSketch(), 0.5)).toBeUndefined();
  });
});

test("a sketch of all milliseconds of a month has at most 560 bins", () => {
  const sketch = newSketch();
  for (let ms = 1; ms < 31 * DAY; ms *= 1.01) addValue(sketch, ms);
  addValue(sketch, 0);
  expect(sketch.bins.size).toBeLessThanOrEqual(560);
});
