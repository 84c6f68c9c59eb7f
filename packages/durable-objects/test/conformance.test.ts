import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Make, checkAgainstModel, conformance } from "@longshore/conformance";
import { describe, test } from "vitest";
import { durableObjects } from "../src/index.ts";
import { time } from "./worker.ts";

let made = 0;

/** A new family of objects for every case; reopened, its objects have forgotten everything that is not stored. */
function make(shards: number): Make {
  return ({ clock }) => {
    time.now = clock.now;
    const name = `case-${shards}-${++made}`;
    const adapter = durableObjects(env.KEEPER, { name, shards });
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

describe("one object", async () => {
  for (const { name, skip, run } of await conformance(make(1))) {
    test(name, { skip: skip !== undefined }, run);
  }
  for (const seed of [1, 2, 3]) {
    test(`a random history answers as the model does, reloads included (seed ${seed})`, () =>
      checkAgainstModel(make(1), { seed, operations: 400 }));
  }
});

// Order and uniqueness hold within a partition alone, and the cases ask for no more.
describe("three shards", async () => {
  for (const { name, skip, run } of await conformance(make(3))) test(name, { skip: skip !== undefined }, run);
});
