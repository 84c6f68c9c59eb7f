import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Setting, configuredSettings, delivery, setting } from "./setting.ts";

/** Every status that README.md and the routes name. None of them is 500: no input is our own failure. */
const STATUSES = [200, 201, 202, 400, 401, 404, 405, 409, 413, 415, 503];
const CANARY = "canary7f3a";
/** Whoever pollutes a prototype makes one of these longer. */
const inherited = () => [Object, Array, Function, String, Promise].map(({ prototype }) => Reflect.ownKeys(prototype));

const odd = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "..",
    "%2e%2e",
    "%zz",
    "%ff",
    "%00",
    "*",
    "a'; DROP TABLE jobs;--",
    "a}{b",
  ),
);
const segment = fc.oneof(
  fc.constantFrom("", "jobs", "dead", "counts", "replay", "sessions", "users", "webhooks", "github", "d-1"),
  odd.map(written),
);
const path = fc.oneof(
  fc.constantFrom(
    "/",
    "/jobs",
    "/counts",
    "/dead",
    "/dead/errors",
    "/dead/replay",
    "/queues/relays/pause",
    "/users",
    "/sessions",
    "/webhooks/github",
  ),
  fc.constantFrom("/jobs/d-1", "/dead/d-1/replay", "/jobs/relay:d-1:billing", "/dead/relay:d-1:billing/replay"),
  fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
);
const key = fc.oneof(fc.constantFrom("limit", "cursor", "state", "queue", "partition", "payload", "sort"), odd);
const value = fc.oneof(fc.constantFrom("1", "dead", "default", "relays", "d-1"), fc.integer().map(String), odd);
const query = fc
  .array(fc.tuple(key, value), { maxLength: 3 })
  .map((pairs) => pairs.map(([name, text]) => `${written(name)}=${written(text)}`).join("&"));
const method = fc.constantFrom("GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PURGE");

const tokens = [configuredSettings.OPERATOR_TOKEN, configuredSettings.USERS_TOKEN, `session_${CANARY}`, CANARY, ""];
const header = fc.string({ unit: fc.constantFrom(..."abcXYZ019 /;=,.:*-_%\"'"), maxLength: 30 });
const headers = fc.record(
  {
    authorization: fc.oneof(
      fc.constantFrom(...tokens).map((token) => `Bearer ${token}`),
      header,
    ),
    "content-type": fc.oneof({ weight: 5, arbitrary: fc.constant("application/json") }, header),
    "content-length": fc.constantFrom("0", "-1", "abc", "1000000000"),
    "content-encoding": fc.constantFrom("identity", "gzip", "x"),
    "x-github-event": fc.oneof(fc.constantFrom("push", "issues"), header),
    "x-github-delivery": fc.oneof(fc.constantFrom("d-1", "d-2"), header),
    "x-hub-signature-256": fc.oneof(fc.constant(`sha256=${"0".repeat(64)}`), header),
    "x-http-method-override": fc.constantFrom("POST", "DELETE"),
    cookie: header,
    origin: fc.constant("https://evil.example.com"),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.constantFrom('{"all":true}', '{"jobs":[{"id":"d-1"}]}', '{"id":1,"email":"a@example.com"}', "{}", "", "null"),
  fc.json({ stringUnit: "binary" }),
  fc
    .dictionary(fc.constantFrom("all", "jobs", "id", "email", "name", "__proto__"), fc.jsonValue())
    .map((all) => JSON.stringify(all)),
  fc.jsonValue().map((inner) => JSON.stringify({ secret: CANARY, [CANARY]: inner })),
  fc.string({ unit: "binary" }).map((text) => CANARY + text),
  fc.uint8Array(),
);

const untouched = inherited();

/** What holds of every answer. */
async function check(one: Setting, response: Response, asked: { readonly method: string }): Promise<void> {
  const text = await response.text();
  expect(STATUSES).toContain(response.status);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect([...response.headers].join() + text + one.lines.join()).not.toMatch(
    /canary7f3a|of-the-tests|whsec_| at .*\.ts:/,
  );
  // A reason, or what became of a verb that the job's state does not allow.
  const { error, status } = (response.ok || asked.method === "HEAD" ? { error: "" } : JSON.parse(text)) as Record<
    string,
    unknown
  >; // JSON of an object, or what follows fails
  expect(typeof (error ?? status)).toBe("string");
  expect(response.status === 405 || response.headers.get("allow") === null).toBe(true);
}

test("whatever comes, the answer is one of the table's, and holds no secret", async () => {
  const seen = new Set<number>();
  const asked = fc.asyncProperty(method, path, query, headers, body, async (verb, where, search, sent, content) => {
    const one = setting();
    await one.request("/webhooks/github", await delivery("{}", { "x-github-delivery": "d-1" }));
    const bodiless = verb === "GET" || verb === "HEAD";
    const init = { method: verb, headers: sent as Record<string, string>, ...(bodiless ? {} : { body: content }) };
    const response = await one.request(search === "" ? where : `${where}?${search}`, init);
    seen.add(response.status);
    await check(one, response, { method: verb });
  });
  await fc.assert(asked, { numRuns: 1_500 });
  // The requests are no noise: they get everywhere.
  for (const status of [200, 400, 401, 404, 405, 415]) expect(seen).toContain(status);
  expect(inherited()).toEqual(untouched);
});

test("whatever is signed, the answer is one of the table's, and the job is what was sent", async () => {
  const seen = new Set<number>();
  const named = fc.record(
    { "x-github-event": fc.oneof(fc.constantFrom("push"), header), "x-github-delivery": fc.constantFrom("d-1", "d 2") },
    { requiredKeys: [] },
  );
  const sent = fc.asyncProperty(body, named, async (content, extra) => {
    const one = setting();
    const init = await delivery(content, extra as Record<string, string>);
    const response = await one.request("/webhooks/github", init);
    seen.add(response.status);
    await check(one, response, { method: "POST" });
    const { jobs } = await one.services.queue.list();
    expect(jobs).toHaveLength(response.status === 202 ? 1 : 0);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const kept = jobs.map(({ input }) => (input as { body: string }).body); // of its schema
    expect(kept).toEqual(
      response.status === 202 ? [new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)] : [],
    );
    await one.drain();
    expect((await one.services.queue.list({ state: "failed" })).jobs).toEqual([]);
  });
  await fc.assert(sent, { numRuns: 300 });
  expect([...seen].sort()).toEqual([202, 400]);
});

test("without a token no path and no method gets further than to the door", async () => {
  const asked = fc.asyncProperty(method, path, query, body, async (verb, where, search, content) => {
    const one = setting();
    await one.request("/webhooks/github", await delivery("{}", { "x-github-delivery": "d-1" }));
    const bodiless = verb === "GET" || verb === "HEAD";
    const init = {
      method: verb,
      headers: { "content-type": "application/json" },
      ...(bodiless ? {} : { body: content }),
    };
    const response = await one.request(`${where}?${search}`, init);
    const open = new URL(`http://localhost${where}`).pathname === "/" && bodiless;
    expect(open ? [200] : [401, 404, 405]).toContain(response.status);
    expect((await one.services.queue.list()).jobs.map(({ id }) => id)).toEqual(["d-1"]);
  });
  await fc.assert(asked, { numRuns: 700 });
});

const LINEAR = 64;
const TIMES = 16;

/** How many times as long a request of 16 times the size takes, in the best of some turns; quadratic work answers 256 in each. */
async function growth(size: number, ask: (size: number) => Promise<unknown>): Promise<number> {
  const timed = async (n: number): Promise<number> => {
    const start = performance.now();
    await ask(n);
    return performance.now() - start;
  };
  await timed(size);
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const small = Math.max(await timed(size), 1);
    best = Math.min(best, (await timed(TIMES * size)) / small);
  }
  return best;
}

test.each(["[", '"', "\\", '{"a":', "[[]],", '"\\"', '{"a":0},', "0", " ", "\ud83d"])(
  "X20, X21: a body of %j over and over costs linear work",
  async (unit) => {
    const one = setting();
    const authorization = `Bearer ${configuredSettings.OPERATOR_TOKEN}`;
    const times = await growth(40_000, async (size) => {
      const text = unit.repeat(size / unit.length);
      await one.request("/webhooks/github", await delivery(`{"a":[${text}`));
      const replay = {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: `[${text}0]`,
      };
      await one.request("/dead/replay", replay);
    });
    expect(times).toBeLessThan(LINEAR);
  },
);

test.each(["a=1&", "state=dead&", "%", "+", "&", "a[", "%25", "queue=(a+)+$&"])(
  "X26: a query of %j over and over costs linear work",
  async (unit) => {
    const one = setting();
    const authorization = `Bearer ${configuredSettings.OPERATOR_TOKEN}`;
    const times = await growth(20_000, async (size) => {
      const text = unit.repeat(size / unit.length);
      await one.request(`/jobs?${text}`, { headers: { authorization } });
      await one.request(`/jobs/${text.replaceAll("?", "")}`, {
        headers: { authorization: `Bearer ${" ".repeat(size)}` },
      });
    });
    expect(times).toBeLessThan(LINEAR);
  },
);

/** As it is where it is encoded already, or means to be; what no URL can hold is encoded. */
function written(text: string): string {
  return /^[\w%.*';: ()[\]+$-]*$/.test(text) ? text.replaceAll(" ", "%20") : encodeURIComponent(text.toWellFormed());
}
