import {
  type Make,
  checkAgainstModel,
  conformance,
  contractCases,
  everyCallTwice,
  pipelineCases,
} from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { ProtocolVersion } from "@valkey/valkey-glide";
import { createClient } from "redis";
import { afterAll, describe, test } from "vitest";
import type { RedisOptions } from "../../src/index.ts";
import { glide } from "../../src/senders/glide.ts";
import { nodeRedis } from "../../src/senders/node-redis.ts";
import { upstash } from "../../src/senders/upstash.ts";
import { startRest } from "../rest.ts";
import { ioredis, isMissing, makeOver, openGlide, openIoredis, url } from "../subject.ts";

/** Other ones each time; a failure names it. */
const seed = Date.now() % 1e6;

const client = openIoredis();
const ends: (() => unknown)[] = [() => client.disconnect()];
afterAll(() => ends.forEach((end) => end()));

const connected = async (RESP: 2 | 3): Promise<Pick<RedisOptions, "send" | "subscribe">> => {
  const one = createClient({ url, RESP });
  await one.connect();
  ends.push(() => one.destroy());
  return nodeRedis(one);
};
const glided = async (protocol: ProtocolVersion): Promise<Pick<RedisOptions, "send">> => {
  const one = await openGlide(url, protocol);
  ends.push(() => one.close());
  return glide(one);
};
const rested = async (): Promise<Pick<RedisOptions, "send">> => {
  const rest = await startRest(client);
  ends.push(rest.close);
  return upstash({ url: rest.url, token: rest.token });
};

const suite = async (make: Make, cases: typeof contractCases): Promise<void> => {
  for (const { name, skip, run } of await conformance(make, cases)) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
};

describe.skipIf(isMissing)("ioredis", async () => {
  if (isMissing) return;
  // Without a subscription: its messages come at times of their own, and these cases count claims.
  const make = makeOver({ send: ioredis(client).send }, "ioredis", { stats: statistics });
  // The tests have asked the others.
  await suite(make, pipelineCases);
  for (let n = 0; n < 4; n++) {
    test(`a random history answers as the model does (seed ${seed + n})`, () =>
      checkAgainstModel(make, { seed: seed + n, operations: 500 }));
  }
});

describe.skipIf(isMissing)("ioredis, every call sent twice", async () => {
  if (!isMissing) await suite(everyCallTwice(makeOver(ioredis(client), "twice", { stats: statistics })), contractCases);
});

for (const RESP of [2, 3] as const) {
  describe.skipIf(isMissing)(`node-redis, RESP${RESP}`, async () => {
    if (!isMissing)
      await suite(makeOver(await connected(RESP), `node-redis-${RESP}`, { stats: statistics }), contractCases);
  });
}

for (const [RESP, protocol] of [
  [2, ProtocolVersion.RESP2],
  [3, ProtocolVersion.RESP3],
] as const) {
  describe.skipIf(isMissing)(`Valkey GLIDE, RESP${RESP}`, async () => {
    if (!isMissing)
      await suite(makeOver(await glided(protocol), `glide-${RESP}`, { stats: statistics }), contractCases);
  });
}

describe.skipIf(isMissing)("the REST API of Upstash, as a proxy of ours plays it", async () => {
  if (!isMissing) await suite(makeOver(await rested(), "rest", { stats: statistics }), contractCases);
});
