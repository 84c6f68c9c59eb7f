import { systemPlatform } from "@longshore/core";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { type RateLimitOptions, bearerTokens, http, manifestOf, rateLimit, serve } from "../src/index.ts";
import { everything } from "./everything.ts";

const ONE = "a-token-of-caller-one";
const TWO = "a-token-of-caller-two";

/** A server on a clock that the test moves, and calls by token. */
function world(options: Partial<RateLimitOptions> = {}) {
  let now = 0;
  const platform = { ...systemPlatform, monotonic: () => now, random: () => 0 };
  const known = bearerTokens([ONE, TWO].map((token) => ({ token, grants: everything })));
  const authorize = rateLimit(known, { calls: 3, per: "6s", platform, ...options });
  const handler = serve(memory(), { authorize, cors: ["https://app.example.com"] });
  const call = (token: string, origin?: string): Promise<Response> =>
    handler(
      new Request("https://host/jobs/workers", {
        method: "POST",
        body: "[]",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...(origin && { origin }) },
      }),
    );
  const statuses = async (...tokens: readonly string[]): Promise<readonly number[]> => {
    const all: number[] = [];
    for (const token of tokens) all.push((await call(token)).status);
    return all;
  };
  return { handler, platform, call, statuses, pass: (ms: number) => (now += ms), now: () => now };
}

test("a caller over its rate is told when it may call again, and others are not concerned", async () => {
  const { call, statuses, pass } = world();
  expect(await statuses(ONE, ONE, ONE, ONE, TWO)).toEqual([200, 200, 200, 429, 200]);
  const refused = await call(ONE);
  expect([refused.headers.get("retry-after"), (await refused.json()).error.code]).toEqual(["2", "too_many_calls"]);
  pass(1_999);
  expect(await statuses(ONE)).toEqual([429]);
  pass(1);
  expect(await statuses(ONE, ONE)).toEqual([200, 429]);
  // A pause saves up no more than the limit.
  pass(3_600_000);
  expect(await statuses(ONE, ONE, ONE, ONE)).toEqual([200, 200, 200, 429]);
});

test("strangers are refused as such, and cost the known nothing", async () => {
  const { statuses } = world({ caller: () => "all" });
  expect(await statuses(...Array(9).fill("a-token-of-a-stranger"))).toEqual(Array(9).fill(401));
  expect(await statuses(ONE, TWO, ONE, TWO)).toEqual([200, 200, 200, 429]);
});

test("of too many callers, the one who has not called for longest is forgotten", async () => {
  const { statuses } = world({ calls: 1, maxCallers: 1 });
  expect(await statuses(ONE, ONE, TWO, TWO, ONE)).toEqual([200, 429, 200, 429, 200]);
  const roomy = world({ calls: 1, maxCallers: 2 });
  expect(await roomy.statuses(ONE, TWO, ONE, TWO)).toEqual([200, 200, 429, 429]);
});

test("a page of another site can read when it may call again", async () => {
  const { call, statuses } = world();
  await statuses(ONE, ONE, ONE);
  const { status, headers } = await call(ONE, "https://app.example.com");
  const told = ["access-control-allow-origin", "access-control-expose-headers"].map((name) => headers.get(name));
  expect([status, ...told]).toEqual([429, "https://app.example.com", "retry-after"]);
});

test("a client waits as long as it is told with what is harmless to repeat, and fails with anything else", async () => {
  const { handler, platform, pass, now } = world();
  const timer = (ms: number, callback: () => void) => {
    // The limit of a try is longer than any wait.
    if (ms <= 5_000) {
      pass(ms);
      queueMicrotask(callback);
    }
    return () => {};
  };
  const client = http({
    url: "https://host/jobs",
    manifest: manifestOf(memory()),
    headers: { authorization: `Bearer ${ONE}` },
    platform: { ...platform, timer },
    fetch: (url, init) => handler(new Request(url, init)),
  });
  for (let call = 0; call < 5; call++) expect(await client.workers?.()).toEqual([]);
  expect(now()).toBe(4_000);
  await expect(client.claim?.({ queues: [], leaseMs: 1_000 })).rejects.toThrow("the status 429");
});

test.each<[string, object]>([
  ["no rate", { calls: undefined }],
  ["no call", { calls: 0 }],
  ["no time", { per: 0 }],
  ["a caller that is a name", { caller: "one" }],
])("%s is refused", (_, options) => {
  expect(() => rateLimit(() => everything, { calls: 1, per: "1s", ...options } as RateLimitOptions)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^invalid_(option|duration)$/) }),
  );
});
