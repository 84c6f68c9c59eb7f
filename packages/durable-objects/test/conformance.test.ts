import { type Make, checkAgainstModel, checkTwins, conformance } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { objects } from "./subject.ts";

/** Another one each time; a failure names it. */
const fresh = Math.floor(Math.random() * 2 ** 31);

const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });

/** What it counted last may go with a reload, so that only without one its figures can be foretold. */
const unbroken: Make = async (world) => {
  const { adapter } = await objects(1)(world);
  return { adapter };
};

describe("one object", async () => {
  for (const { name, skip, run } of await conformance(objects(1))) {
    test(name, { skip: skip !== undefined }, run);
  }
  for (const seed of [1, fresh]) {
    test(`a random history answers as the model does, reloads included (seed ${seed})`, () =>
      checkAgainstModel(objects(1), { seed, operations: 400 }));
  }
  for (const seed of [fresh]) {
    test(`a random history without reloads is counted as the model counts it (seed ${seed})`, () =>
      checkAgainstModel(unbroken, { seed, operations: 300 }));
  }
  for (const seed of [fresh]) {
    test(`a random history answers as the memory store does, reloads included (seed ${seed})`, () =>
      checkTwins(objects(1), memoryStore, { seed, operations: 300 }));
  }
});
