import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Make, checkAgainstModel, checkTwins, conformance } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { durableObjects } from "../src/index.ts";
import { time } from "./worker.ts";

let made = 0;
/** Another one each time; a failure names it. */
const fresh = Math.floor(Math.random() * 2 ** 31);

const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });

/** A new family of objects for every case; reopened, its objects have forgotten everything that is not stored. */
function make(shards: number): Make {
  return ({ clock }) => {
    time.now = clock.now;
    const name = `case-${shards}-${++made}`;
    const adapter = durableObjects(env.KEEPER, { name, shards, stats: true });
    return {
      adapter,
      async reopen() {
        // Only what stands can be evicted.
        await adapter.wake();
        for (let shard = 0; shard < shards; shard++) {
          await evictDurableObject(env.KEEPER.getByName(shard === 0 ? name : `${name}:${shard}`));
        }
        return adapter;
      },
    };
  };
}

/** What it counted last may go with a reload, so that only without one its figures can be foretold. */
const unbroken: Make = async (world) => {
  const { adapter } = await make(1)(world);
  return { adapter };
};

describe("one object", async () => {
  for (const { name, skip, run } of await conformance(make(1))) {
    test(name, { skip: skip !== undefined }, run);
  }
  for (const seed of [1, 2, fresh]) {
    test(`a random history answers as the model does, reloads included (seed ${seed})`, () =>
      checkAgainstModel(make(1), { seed, operations: 400 }));
  }
  for (const seed of [4, fresh]) {
    test(`a random history without reloads is counted as the model counts it (seed ${seed})`, () =>
      checkAgainstModel(unbroken, { seed, operations: 300 }));
  }
  for (const seed of [3, fresh]) {
    test(`a random history answers as the memory store does, reloads included (seed ${seed})`, () =>
      checkTwins(make(1), memoryStore, { seed, operations: 300 }));
  }
});

// Order and uniqueness hold within a partition alone, and the cases ask for no more. Neither do the histories: which
// of two partitions a claim takes from first, and which of their tokens is greater, is left to the shards.
describe("three shards", async () => {
  for (const { name, skip, run } of await conformance(make(3))) test(name, { skip: skip !== undefined }, run);
  for (const seed of [2, fresh]) {
    test(`a random history answers as the model does, reloads included (seed ${seed})`, () =>
      checkAgainstModel(make(3), { seed, operations: 300, within: "partition" }));
  }
  for (const seed of [1, fresh]) {
    test(`a random history answers as the memory store does, reloads included (seed ${seed})`, () =>
      checkTwins(make(3), memoryStore, { seed, operations: 200, within: "partition" }));
  }
});
