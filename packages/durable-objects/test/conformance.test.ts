import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Make, checkAgainstModel, conformance } from "@longshore/conformance";
import { describe, test } from "vitest";
import { durableObjects } from "../src/index.ts";
import { time } from "./worker.ts";

let made = 0;
const NEEDS_ONE_OBJECT = new Set<string>();

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
    // The slowest walks through hours of virtual time, each step of which is a call.
    test(name, { skip: skip !== undefined, timeout: 60_000 }, run);
  }
  for (const seed of [1, 2, 3]) {
    test(`a random history answers as the model does, reloads included (seed ${seed})`, { timeout: 60_000 }, () =>
      checkAgainstModel(make(1), { seed, operations: 400 }),
    );
  }
});

describe("three shards", async () => {
  for (const { name, skip, run } of await conformance(make(3))) {
    test(name, { skip: skip !== undefined || NEEDS_ONE_OBJECT.has(name), timeout: 60_000 }, run);
  }
  test("a random history answers as the model does, reloads included", { timeout: 60_000 }, () =>
    checkAgainstModel(make(3), { seed: 4, operations: 400 }),
  );
});
