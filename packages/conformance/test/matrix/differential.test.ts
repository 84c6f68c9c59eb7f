import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { type Make, checkAgainstModel, checkAgainstAdapter } from "../../src/index.ts";
import { makeBroker } from "../../src/reference/broker.ts";
import { STORE_TRAITS, makeReference } from "../../src/reference/store.ts";

/** Known ones, and others each time; a failure names its own. */
const fresh = Math.floor(Math.random() * 2 ** 31);
const seeds = [...Array.from({ length: 15 }, (_, i) => i + 6), ...Array.from({ length: 5 }, (_, i) => fresh + i)];
const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });
const inSeconds = makeReference(undefined, { ...STORE_TRAITS, delayStepMs: 1_000 });

describe.each([
  ["the memory store", memoryStore],
  ["the model itself", inSeconds],
])("%s", (_, make) => {
  test.each(seeds)("answers like the model through 500 random operations (seed %i)", (seed) =>
    checkAgainstModel(make, { seed, operations: 500 }),
  );
});

describe("two adapters", () => {
  test.each(seeds)("the memory store and the reference answer alike (seed %i)", (seed) =>
    checkAgainstAdapter(memoryStore, inSeconds, { seed, operations: 500 }),
  );

  test.each(seeds)("jobs come out of the memory store as out of a small broker (seed %i)", (seed) =>
    checkAgainstAdapter(memoryStore, makeBroker(), { seed, operations: 200 }),
  );
});
