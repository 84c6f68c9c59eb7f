import { checkAgainstModel, checkAgainstAdapter, conformance } from "@longshore/conformance";
import { memory } from "@longshore/memory";
import { statistics } from "@longshore/core/stats";
import type { Make } from "@longshore/conformance";
import { describe, test } from "vitest";
import { objects, unbroken } from "../subject.ts";

/** Another one each time; a failure names it. */
const fresh = Math.floor(Math.random() * 2 ** 31);

const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });

// Order and uniqueness hold within a partition alone, and the cases ask for no more. Neither do the histories: which
// of two partitions a claim takes from first, and which of their tokens is greater, is left to the shards.
describe("three shards", async () => {
  for (const { name, skip, run } of await conformance(objects(3))) test(name, { skip: skip !== undefined }, run);
  for (const seed of [2, fresh]) {
    test(`a random history answers as the model does, reloads included (seed ${seed})`, () =>
      checkAgainstModel(objects(3), { seed, operations: 300, within: "partition" }));
  }
  for (const seed of [1, fresh]) {
    test(`a random history answers as the memory store does, reloads included (seed ${seed})`, () =>
      checkAgainstAdapter(objects(3), memoryStore, { seed, operations: 200, within: "partition" }));
  }
});

describe("one object", () => {
  for (const seed of [2, fresh, fresh + 1, fresh + 2]) {
    test(`a random history answers as the model does, reloads included (seed ${seed})`, () =>
      checkAgainstModel(objects(1), { seed, operations: 400 }));
  }
  for (const seed of [2, fresh]) {
    test(`a random history without reloads is counted as the model counts it (seed ${seed})`, () =>
      checkAgainstModel(unbroken, { seed, operations: 300 }));
  }
  for (const seed of [3, fresh, fresh + 1]) {
    test(`a random history answers as the memory store does, reloads included (seed ${seed})`, () =>
      checkAgainstAdapter(objects(1), memoryStore, { seed, operations: 300 }));
  }
});
