import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Make } from "@longshore/conformance";
import { durableObjects } from "../src/index.ts";
import { time } from "./worker.ts";

let made = 0;

/** A new family of objects for every case; reopened, its objects have forgotten everything that is not stored. */
export function objects(shards: number): Make {
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
export const unbroken: Make = async (world) => {
  const { adapter } = await objects(1)(world);
  return { adapter };
};
