import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { test } from "vitest";
import { type Way, livesOneOrder } from "../crowded.ts";

const evict = (name: string): Promise<void> => evictDurableObject(env.KEEPER.getByName(name));
const reset = (): Promise<void> => abortAllDurableObjects();

const WAYS: Readonly<Record<string, Way>> = {
  "three shards": { shards: 3, disturb: async () => {}, breaks: false },
  "an object that is evicted": { shards: 1, disturb: evict, breaks: false },
  "objects that are reset": { shards: 2, disturb: reset, breaks: true },
};

test.for(Object.entries(WAYS))("every job of several clients lives one order of calls, in %s", ([, way]) =>
  livesOneOrder(way),
);
