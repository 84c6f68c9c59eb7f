import { newJob } from "@longshore/conformance/tools";
import type { LongshoreError } from "@longshore/core";
import { expect, test } from "vitest";
import { createClient } from "redis";
import { Redis } from "ioredis";
import { redis } from "../src/index.ts";
import { glide } from "../src/senders/glide.ts";
import { ioredis } from "../src/senders/ioredis.ts";
import { nodeRedis } from "../src/senders/node-redis.ts";
import { sockets } from "../src/senders/sockets.ts";
import { upstash } from "../src/senders/upstash.ts";
import { isMissing, url } from "./subject.ts";

const ofIoredis = new Redis({ lazyConnect: true });
const ofNodeRedis = createClient();

// As callers without types pass them.
const WRONG: readonly (readonly [string, (value: never) => unknown, unknown, string])[] = [
  ["an address", ioredis, "redis://127.0.0.1", "a client of ioredis"],
  ["nothing", ioredis, undefined, "a client of ioredis"],
  ["a client of node-redis", ioredis, ofNodeRedis, "a client of ioredis"],
  ["options", nodeRedis, { url: "redis://127.0.0.1" }, "a client of node-redis"],
  ["nothing", nodeRedis, undefined, "a client of node-redis"],
  ["a promise of a client", nodeRedis, Promise.resolve(ofNodeRedis), "await what connect() returns"],
  ["a client of ioredis", nodeRedis, ofIoredis, "a client of node-redis"],
  ["an address", glide, "127.0.0.1", "a client of @valkey/valkey-glide"],
  ["a promise of a client", glide, Promise.resolve({ customCommand() {} }), "await what createClient() returns"],
  ["nothing", (connect) => sockets(connect, "redis://127.0.0.1"), undefined, "connect of cloudflare:sockets"],
  ["an address that is none", (url) => sockets((() => {}) as never, url), "127.0.0.1:6379 ", "The url of sockets"],
  ["an address alone", upstash, "https://example.com", "The options of upstash"],
  ["no token", upstash, { url: "https://example.com" }, "The token of upstash"],
  ["a client", redis, ofIoredis, "redis({ ...ioredis(client) })"],
  ["an address", redis, "redis://127.0.0.1", "redis({ ...ioredis(client) })"],
  ["no sender", redis, { prefix: "{a}:" }, "redis({ ...ioredis(client) })"],
  [
    "a second object, where other stores have their options",
    (prefix) => (redis as (...all: object[]) => unknown)(ioredis(ofIoredis), { prefix }),
    "{a}:",
    "left out, as in redis({ ...ioredis(client), ...options })",
  ],
];

test.each(WRONG)("%s is refused where it is handed over: %o", (_what, take, value, words) => {
  let error: LongshoreError | undefined;
  try {
    take(value as never);
  } catch (thrown) {
    error = thrown as LongshoreError;
  }
  expect(error).toMatchObject({ code: "invalid_option", message: expect.stringContaining(words) });
});

test("clients are taken before they are connected", () => {
  expect(() => redis({ ...ioredis(ofIoredis) })).not.toThrow();
  expect(() => redis({ ...nodeRedis(ofNodeRedis) })).not.toThrow();
});

test.skipIf(isMissing)("a store hears of others' jobs, too, where ioredis puts a prefix before all keys", async () => {
  const open = (): Redis => new Redis(url, { keyPrefix: "app:" });
  const [mine, theirs] = [open(), open()];
  const prefix = "{prefixed}:";
  const jobs = redis({ ...ioredis(mine), prefix });
  const heard = Promise.withResolvers<void>();
  let rings = 0;
  // The first two: that it is connected, and that it is subscribed.
  const forget = jobs.onWake(() => {
    rings += 1;
    if (rings === 2)
      redis({ ...ioredis(theirs), prefix })
        .enqueue([newJob("a")])
        .catch(heard.reject);
    if (rings === 3) heard.resolve();
  });
  await heard.promise;
  forget();
  await jobs.close();
  mine.disconnect();
  theirs.disconnect();
});
