import { newJob } from "@longshore/conformance/tools";
import { LongshoreError } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { expect, test, vi } from "vitest";
import {
  type ServeOptions,
  bearerTokens,
  http,
  manifestOf,
  operatorVerbs,
  readManifest,
  serve,
  viewerVerbs,
  workerVerbs,
} from "../src/index.ts";
import { everything } from "./everything.ts";

const DSN = "postgres://admin:hunter2@db.internal";
const quiet = { debug() {}, info() {}, warn() {}, error: vi.fn<() => void>() };
const open: ServeOptions = { authorize: () => everything, log: quiet };

function post(verb: string, body: BodyInit = "[]", headers: Record<string, string> = {}): Request {
  return new Request(`https://host/jobs/${verb}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
    ...(body instanceof ReadableStream && { duplex: "half" }),
  });
}

/** The status, and the error's code. */
async function answer(response: Promise<Response>): Promise<readonly [number, unknown]> {
  const { status, ...given } = await response;
  const text = await (await response).text();
  return [status ?? given, text === "" ? undefined : JSON.parse(text).error?.code];
}

test("without `authorize` nothing is served", () => {
  expect(() => serve(memory(), {} as ServeOptions)).toThrow("authorize");
});

test("who is not known is refused, and so is everybody while `authorize` fails or returns anything else", async () => {
  const asked = (authorize: unknown) =>
    answer(serve(memory(), { authorize: authorize as ServeOptions["authorize"], log: quiet })(post("workers")));
  expect(await asked(() => undefined)).toEqual([401, "unauthorized"]);
  expect(await asked(() => [])).toEqual([403, "forbidden"]);
  const failing = () => Promise.reject(new Error(DSN));
  for (const authorize of [
    failing,
    () => true,
    () => null,
    () => "all",
    () => ({ verbs: ["workers"] }),
    () => [null],
  ]) {
    expect(await asked(authorize)).toEqual([500, "internal"]);
  }
  expect(await asked(() => Response.json({ error: { code: "slow_down" } }, { status: 429 }))).toEqual([
    429,
    "slow_down",
  ]);
});

test("a bearer token has its own grants, a wrong one has none, and a short one is refused when it is set", async () => {
  const tokens = [
    { token: "a-token-of-a-worker-1", grants: everything },
    { token: "a-token-of-nobody-222", grants: [] },
  ];
  const handler = serve(memory(), { authorize: bearerTokens(tokens) });
  const asked = (authorization?: string) =>
    answer(handler(post("workers", "[]", authorization ? { authorization } : {})));
  expect(await asked()).toEqual([401, "unauthorized"]);
  expect(await asked("Bearer a-token-of-a-worker-1")).toEqual([200, undefined]);
  expect(await asked("Bearer a-token-of-nobody-222")).toEqual([403, "forbidden"]);
  for (const wrong of ["Bearer a-token-of-a-worker-2", "Bearer a-token-of-a-worker-", "Bearer ", "Basic YTpi", "x"]) {
    expect(await asked(wrong)).toEqual([401, "unauthorized"]);
  }
  const refused = () => bearerTokens([{ token: "hunter2", grants: [] }]);
  expect(refused).toThrow("token of bearerTokens");
  expect(refused).not.toThrow("hunter2");
});

test("of a failure inside, the caller gets a reference, and the log the reason", async () => {
  const failing = { ...memory(), workers: () => Promise.reject(new TypeError(`cannot reach ${DSN}`)) };
  const response = await serve(failing, open)(post("workers"));
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toMatch(/hunter2|TypeError/);
  const reference = /reference ([\da-v]+)/.exec(text)?.[1];
  expect(quiet.error).toHaveBeenLastCalledWith(
    expect.objectContaining({ reference, error: expect.stringContaining(DSN) }),
  );
});

test("a LongshoreError crosses with its code and message, and nothing else", async () => {
  const cause = new Error(DSN);
  const refusing = {
    ...memory(),
    workers: () => Promise.reject(new LongshoreError("shard_failed", "A shard failed.", { cause, ids: ["secret-id"] })),
  };
  const response = await serve(refusing, open)(post("workers"));
  expect(await response.text()).toBe('{"error":{"code":"shard_failed","message":"A shard failed."}}');
});

test("a backend's own words about a job that it did not take stay in the log", async () => {
  const refusing = { ...memory(), enqueue: async () => [{ status: "failed" as const, message: `${DSN} is full` }] };
  const job = { id: "a", name: "n", queue: "q", payload: "{}", headers: {}, priority: 5, due: { inMs: 0 }, keepMs: 0 };
  const text = await (await serve(refusing, open)(post("enqueue", JSON.stringify([[job]])))).text();
  expect(JSON.parse(text)).toMatchObject({
    value: [{ status: "failed", message: expect.stringContaining("reference") }],
  });
  expect(text).not.toContain("hunter2");
  expect(quiet.error).toHaveBeenLastCalledWith(expect.objectContaining({ error: `${DSN} is full` }));
});

test("a newer client is told to wait for its server, and an older or unknown one is served", async () => {
  const handler = serve(memory(), open);
  const asked = (version: string) => answer(handler(post("workers", "[]", { "longshore-version": version })));
  expect(await asked("2")).toEqual([400, "unsupported_version"]);
  expect(await asked("1")).toEqual([200, undefined]);
  expect(await asked("one")).toEqual([400, "invalid_request"]);
  expect(await answer(handler(post("workers")))).toEqual([200, undefined]);
});

test("what is not a call is refused", async () => {
  const handler = serve(memory(), open);
  const asked = (request: Request) => answer(handler(request));
  for (const verb of ["", "constructor", "__proto__", "toString", "close", "stats", "a".repeat(10_000)]) {
    expect([verb, await asked(post(verb))]).toEqual([verb, [400, "invalid_request"]]);
  }
  for (const body of ["", "null", "{}", '"text"', "[", "[1,2,3]", "[".repeat(100_000), "NaN", "[[],[],[],[]]"]) {
    expect([body.slice(0, 20), await asked(post("workers", body))]).toEqual([
      body.slice(0, 20),
      [400, "invalid_request"],
    ]);
  }
  expect(await asked(new Request("https://host/jobs/workers"))).toEqual([400, "invalid_request"]);
  expect(await asked(post("workers", "[]", { "content-type": "text/plain" }))).toEqual([400, "invalid_request"]);
  expect(await asked(post("manifest"))).toEqual([400, "invalid_request"]);
});

test("a body over the limit is refused before it is read whole, whatever its length says", async () => {
  const handler = serve(memory(), { ...open, maxBytes: 1_000 });
  expect(await answer(handler(post("get", `[${" ".repeat(1_000)}]`)))).toEqual([413, "batch_too_large"]);
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(600));
    },
  });
  expect(await answer(handler(post("get", endless)))).toEqual([413, "batch_too_large"]);
  expect(pulled).toBeLessThan(5);
});

test("pages of other sites are refused, but for those that `cors` lists", async () => {
  const handler = serve(memory(), { ...open, cors: ["https://app.example.com"] });
  const asked = async (request: Request) => {
    const response = await handler(request);
    return [response.status, response.headers.get("access-control-allow-origin")];
  };
  const from = (origin: string) => ({ origin, "sec-fetch-site": "cross-site" });
  expect(await asked(post("workers", "[]", from("https://app.example.com")))).toEqual([200, "https://app.example.com"]);
  expect(await asked(post("workers", "[]", from("https://evil.example.com")))).toEqual([403, null]);
  expect(await asked(post("workers", "[]", from("null")))).toEqual([403, null]);
  const preflight = (origin: string) =>
    new Request("https://host/jobs/workers", { method: "OPTIONS", headers: { origin } });
  expect(await asked(preflight("https://app.example.com"))).toEqual([204, "https://app.example.com"]);
  expect(await asked(preflight("https://evil.example.com"))).toEqual([204, null]);
  // A refusal can be read by the page, too.
  const closed = serve(memory(), { authorize: () => undefined, cors: ["*"] });
  const refused = await closed(post("workers", "[]", from("https://any.example.com")));
  expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
    401,
    "https://any.example.com",
  ]);
});

test("streams end by themselves, when their client goes, and are bounded", async () => {
  const timers: (() => void)[] = [];
  const platform = {
    ...(await import("@longshore/core")).systemPlatform,
    timer: (_: number, end: () => void) => (timers.push(end), () => {}),
  };
  const handler = serve(memory(), { ...open, maxStreams: 2, platform });
  const gone = new AbortController();
  const stream = () => handler(new Request("https://host/jobs/onWake", { signal: gone.signal }));
  const [first, second, third] = [await stream(), await stream(), await stream()];
  expect([first.status, second.status, third.status]).toEqual([200, 200, 503]);
  await first.body?.cancel();
  const fourth = await stream();
  expect([fourth.status, (await stream()).status]).toEqual([200, 503]);
  for (const end of timers) end();
  expect(await second.text()).toMatch(/^(:\n\n)+$/);
  expect([(await stream()).status, (await stream()).status, (await stream()).status]).toEqual([200, 200, 503]);
  gone.abort();
  expect((await handler(new Request("https://host/jobs/onWake"))).status).toBe(200);
});

test("the manifest has what the adapter can and the caller may", async () => {
  const authorize = () => [{ verbs: ["enqueue", "claim", "settle", "get"], queues: "all", names: "all" }] as const;
  const response = await serve(memory(), { authorize })(new Request("https://host/jobs/manifest"));
  expect(await response.json()).toMatchObject({ value: { name: "memory", interfaces: ["Settle", "Pull"] } });
});

test.each([
  ["a worker", workerVerbs],
  ["a viewer", viewerVerbs],
  ["an operator", operatorVerbs],
])("whoever has the verbs of %s has each of their methods, by the manifest", async (_who, verbs) => {
  const grants = [{ verbs, queues: "all", names: "all", payloads: true }] as const;
  const handler = serve(memory({ stats: statistics() }), { authorize: () => grants });
  const server = {
    url: "https://host/jobs",
    fetch: (url: string, init: RequestInit) => handler(new Request(url, init)),
  };
  expect(Object.keys(http({ ...server, manifest: await readManifest(server) }))).toEqual(
    expect.arrayContaining([...verbs]),
  );
});

test("a worker of many queues, with more slots than a call has jobs, claims, renews and settles", async () => {
  const store = memory();
  const queues = Array.from({ length: 120 }, (_, i) => ({ name: `tenant-${i}`, limit: 10 }));
  for (const { name } of queues)
    await store.enqueue(Array.from({ length: 10 }, (_, i) => newJob(`${name}-${i}`, { queue: name })));
  const handler = serve(store, open);
  const manifest = manifestOf(store);
  const adapter = http({ url: "https://host/jobs", manifest, fetch: async (...call) => handler(new Request(...call)) });
  const claimed = (await adapter.claim?.({ queues, leaseMs: 30_000 })) ?? [];
  expect(claimed).toHaveLength(1_200);
  expect(new Set(await adapter.renew?.(claimed, 30_000))).toEqual(new Set(["held"]));
  const settled = await adapter.settle?.(claimed.map((job) => ({ ...job, outcome: { type: "complete" } })));
  expect(new Set(settled)).toEqual(new Set(["accepted"]));
});
