import { type LogEntry, createQueue, createWorker, defineJob, handle, systemPlatform } from "@longshore/core";
import { memory } from "@longshore/memory";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { type Manifest, http, manifestOf, readManifest, serve } from "../src/index.ts";
import { openSockets } from "./sockets.ts";
import { everything } from "./everything.ts";

const sockets = await openSockets();
afterAll(() => sockets.close());

const url = "https://host/jobs";
const task = defineJob("task", { input: z.object({ n: z.number() }) });

/** Time that moves only by the client's own timers, and the requests that it makes. */
function world(answer: (verb: string, tries: number) => Response | Promise<Response>) {
  let now = 0;
  const waits: number[] = [];
  const sent: string[] = [];
  const platform = {
    ...systemPlatform,
    monotonic: () => now,
    random: () => 1,
    timer(ms: number, callback: () => void) {
      // The limit of a try is longer than any wait; it ends only a try that hangs.
      if (ms > 5_000) return () => {};
      waits.push(ms);
      now += ms;
      queueMicrotask(callback);
      return () => {};
    },
  };
  const fetch = async (target: string): Promise<Response> => {
    const verb = target.slice(url.length + 1);
    sent.push(verb);
    return answer(verb, sent.length);
  };
  const options = { url, manifest: manifestOf(memory()), platform, fetch };
  return { options, waits, sent };
}

const value = (of: unknown): Response => Response.json({ value: of });
const job = {
  id: "a",
  name: "task",
  queue: "default",
  payload: "{}",
  headers: {},
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
};
const bad: readonly [what: string, () => Response | Promise<Response>][] = [
  ["no connection", () => Promise.reject(new TypeError("fetch failed"))],
  ["a 502 of a proxy", () => new Response("<html>", { status: 502 })],
  ["a 500", () => Response.json({ error: { code: "internal", message: "" } }, { status: 500 })],
  ["a 429", () => new Response("", { status: 429 })],
  ["the sign-in page of a network", () => new Response("<html>", { status: 200 })],
];

test.each(bad)("after %s, what is harmless to repeat is repeated, and the answer is the server's", async (_, fail) => {
  const { options, waits, sent } = world((_verb, tries) => (tries < 4 ? fail() : value([{ status: "created" }])));
  expect(await http(options).enqueue([job])).toEqual([{ status: "created" }]);
  expect(sent).toHaveLength(4);
  expect(waits).toEqual([200, 400, 800]);
});

test.each(bad)(
  "after %s, a claim, a prune and a release are not repeated, nor an enqueue to a backend without ids",
  async (_, fail) => {
    const { options, sent } = world(fail);
    const { traits } = options.manifest;
    await expect(http(options).claim?.({ queues: [], leaseMs: 1_000 })).rejects.toThrow("claim");
    await expect(http(options).prune?.(1)).rejects.toThrow("prune");
    await expect(http(options).release?.([{ key: "s:1" }])).rejects.toThrow("release");
    const broker = { ...options.manifest, traits: { ...traits, unique: false, fenced: false } };
    await expect(http({ ...options, manifest: broker }).enqueue([job])).rejects.toThrow("enqueue");
    await expect(http({ ...options, manifest: broker }).settle?.([])).rejects.toThrow("settle");
    expect(sent).toEqual(["claim", "prune", "release", "enqueue", "settle"]);
  },
);

test("a call ends at its deadline, and waits as long as the server asks", async () => {
  const { options, waits, sent } = world(() => new Response("", { status: 429, headers: { "retry-after": "4" } }));
  await expect(http({ ...options, deadline: "20s" }).workers?.()).rejects.toThrow("the status 429");
  expect(sent).toHaveLength(5);
  // The last is what is left for the fifth try.
  expect(waits).toEqual([4_000, 4_000, 4_000, 4_000, 4_000]);
});

test("a try that hangs is given up for another one", async () => {
  let limits = 0;
  const platform = {
    ...systemPlatform,
    timer(_: number, callback: () => void) {
      limits++;
      const timer = setTimeout(callback);
      return () => clearTimeout(timer);
    },
  };
  const fetch = (_: string, { signal }: RequestInit) =>
    limits > 2
      ? Promise.resolve(value([]))
      : new Promise<never>((_, reject) => signal?.addEventListener("abort", reject));
  expect(await http({ ...world(() => value(0)).options, platform, fetch }).workers?.()).toEqual([]);
});

test("a refusal is not repeated, and has the server's code", async () => {
  const { options, sent } = world(() =>
    Response.json({ error: { code: "forbidden", message: "no" } }, { status: 403 }),
  );
  await expect(http(options).enqueue([job])).rejects.toMatchObject({ code: "forbidden", message: "no" });
  expect(sent).toHaveLength(1);
  const silent = world((_verb, tries) => new Response("", { status: [0, 401, 403, 404][tries] ?? 500 }));
  for (const code of ["unauthorized", "forbidden", "invalid_request"]) {
    await expect(http(silent.options).workers?.()).rejects.toMatchObject({ code });
  }
});

test("an answer that is not about each job is a failure, not a success of the others", async () => {
  const { options } = world(() => value([{ status: "created" }]));
  await expect(http(options).enqueue([job, { ...job, id: "b" }])).rejects.toThrow("2 answers");
});

test("a queue says that the outcome is unknown, with the ids to repeat it", async () => {
  const { options } = world(() => Promise.reject(new TypeError("fetch failed")));
  const queue = createQueue(http({ ...options, deadline: "1s" }));
  await expect(queue.enqueue(task, { n: 1 })).rejects.toMatchObject({
    code: "enqueue_failed",
    ids: [expect.any(String)],
  });
});

test("many large results are settled in several requests", async () => {
  const { options, sent } = world(() => value(["accepted"]));
  const settlements = ["a", "b", "c"].map((id) => ({
    id,
    token: 1,
    outcome: { type: "complete" as const, result: "x".repeat(1_500_000) },
  }));
  expect(await http(options).settle?.(settlements)).toEqual(["accepted", "accepted", "accepted"]);
  expect(sent).toHaveLength(3);
});

test("the headers are asked for before each try", async () => {
  const asked: string[] = [];
  const { options } = world((_verb, tries) => (tries < 3 ? new Response("", { status: 503 }) : value([])));
  const fetch = (target: string, init: RequestInit) => {
    asked.push((init.headers as Record<string, string>)["authorization"] ?? "");
    return options.fetch(target);
  };
  let token = 0;
  await http({ ...options, fetch, headers: async () => ({ authorization: `Bearer ${++token}` }) }).workers?.();
  expect(asked).toEqual(["Bearer 1", "Bearer 2", "Bearer 3"]);
});

test("at run time a client has what its manifest names, and nothing more", async () => {
  const store = memory();
  const served = sockets.mount(serve(store, { authorize: () => everything }));
  const read = await readManifest({ url: served });
  expect(read).toEqual(manifestOf(store));
  expect(read.traits.maxDelayMs).toBe(Infinity);
  expect(Object.keys(http({ url: served, manifest: { ...read, interfaces: ["Inspect"] } })).sort()).toEqual(
    ["name", "traits", "enqueue", "get", "list", "counts"].sort(),
  );
  const queue = createQueue(http({ url: served, manifest: { ...read, interfaces: [] } }));
  expect(Object.keys(queue)).toEqual(["enqueue", "enqueueMany"]);
});

test("a manifest that cannot be read is an error with a code, as every other call's", async () => {
  const unavailable = async () => new Response("", { status: 502 });
  await expect(readManifest({ url, fetch: unavailable })).rejects.toMatchObject({
    code: "backend_failed",
    message: "The server did not do manifest: it answered with the status 502.",
  });
  const refusal = async () => new Response("", { status: 401 });
  await expect(readManifest({ url, fetch: refusal })).rejects.toMatchObject({ code: "unauthorized" });
});

test("of a grant of part of an interface the server's manifest says nothing, and a constant one makes it usable", async () => {
  const store = memory();
  const grants = [{ verbs: ["enqueue", "get"], queues: "all", names: "all" }] as const;
  const served = sockets.mount(serve(store, { authorize: () => grants }));
  const read = await readManifest({ url: served });
  expect(read.interfaces).toEqual([]);
  const queue = createQueue(http({ url: served, manifest: { ...read, interfaces: ["Inspect"] } }));
  const { id } = await queue.enqueue(task, { n: 1 });
  expect(await queue.get(id)).toMatchObject({ id, state: "enqueued" });
  await expect(queue.list()).rejects.toMatchObject({ code: "forbidden", message: "The caller may not list." });
});

test.each<[string, object]>([
  ["a url that is none", { url: "ftp://host" }],
  ["no url", { url: undefined }],
  ["a url with a query", { url: "https://host/jobs?a=1" }],
  ["no manifest", { manifest: undefined }],
  ["a manifest without traits", { manifest: { name: "x", traits: {}, interfaces: [] } }],
  ["headers that are a text", { headers: "authorization" }],
  ["an unknown option", { retries: 5 }],
  ["a deadline of nothing", { deadline: 0 }],
])("%s is refused", (_, wrong) => {
  const make = () => http({ url, manifest: manifestOf(memory()), ...wrong } as never);
  expect(make).toThrow(expect.objectContaining({ code: expect.stringMatching(/^invalid_(option|duration)$/) }));
});

test("a worker far from its store is woken by its stream, and hears of what came while it had none", async () => {
  const store = memory();
  let drop = (): void => {};
  const handler = serve(store, { authorize: () => everything, log: { debug() {}, info() {}, warn() {}, error() {} } });
  const served = sockets.mount(async (request) => {
    const broken = new AbortController();
    if (!request.url.endsWith("/onWake")) return handler(request);
    drop = () => broken.abort();
    const { body, headers } = await handler(new Request(request.url, { signal: broken.signal }));
    return new Response(body, { headers });
  });
  const done: number[] = [];
  let told = (): void => {};
  const next = () => new Promise<void>((resolve) => (told = resolve));
  const adapter = http({ url: served, manifest: manifest });
  const worker = createWorker(adapter, {
    handlers: [
      handle(task, ({ n }) => {
        done.push(n);
        told();
      }),
    ],
  });
  let opened = next();
  const stop = adapter.onWake(() => told());
  worker.start();
  await opened;
  for (const n of [1, 2, 3]) {
    const ran = new Promise<void>((resolve) => {
      told = () => {
        if (done.includes(n)) resolve();
      };
    });
    // The stream ends, and the job comes before another one is open.
    if (n > 1) drop();
    await createQueue(store).enqueue(task, { n });
    await ran;
  }
  stop();
  await worker.stop({ grace: "10s" });
  expect(done).toEqual([1, 2, 3]);
  opened = next();
});

test("an outage of the stream of wake-ups is told once, however often it is tried, and the next one again", async () => {
  const told: LogEntry[] = [];
  const log = { ...console, warn: (entry: LogEntry) => void told.push(entry) };
  let breakIt = (): void => {};
  const stream = () =>
    new Response(
      new ReadableStream({
        start: (controller) => void (breakIt = () => controller.error(new Error("reset by peer"))),
      }),
    );
  let ring = (): void => {};
  const rings = (times: number) =>
    new Promise<void>((resolve) => {
      ring = () => void (--times === 0 && resolve());
    });
  const away = () => Promise.reject(new TypeError("fetch failed"));
  const { options, sent } = world((_, tries) =>
    // Two outages with a stream between them, and one that broke and was open again at once.
    tries <= 2 ? away() : tries === 5 ? new Response("", { status: 503 }) : stream(),
  );
  const first = rings(3);
  const stop = http({ ...options, manifest, log }).onWake(() => ring());
  await first;
  expect(told).toEqual([
    expect.objectContaining({
      message: expect.stringContaining("when they poll"),
      error: "TypeError: fetch failed",
    }),
  ]);
  const again = rings(2); // it broke, and is open
  breakIt();
  await again;
  expect([sent.length, told.length]).toEqual([4, 1]);
  const outage = rings(3);
  breakIt();
  await outage;
  expect(sent).toHaveLength(6);
  expect(told.map(({ error }) => error)).toEqual([
    "TypeError: fetch failed",
    "Error: The server answered onWake with the status 503.",
  ]);
  stop();
});

const manifest = {
  name: "memory",
  traits: {
    durable: false,
    unique: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    maxRunMs: Infinity,
    maxPayloadBytes: 1_000_000,
    leaseMs: 30_000,
  },
  interfaces: ["Settle", "Pull", "Renew", "Wake", "Notify"],
} as const satisfies Manifest;

/** Never run: what the compiler refuses. */
export function mistakes(): void {
  const worker = http({ url, manifest });
  createWorker(worker, { handlers: [] });
  createQueue(worker);
  // @ts-expect-error it cannot list
  createQueue(worker).list();
  // @ts-expect-error it keeps no schedules
  void worker.declare;
  const producer = http({ url, manifest: { ...manifest, interfaces: [] } });
  void createQueue(producer).enqueue(task, { n: 1 }, { id: "a" });
  // @ts-expect-error it cannot claim
  createWorker(producer, { handlers: [] });
  const broker = http({ url, manifest: { ...manifest, traits: { ...manifest.traits, unique: false } } });
  // @ts-expect-error it has no ids
  void createQueue(broker).enqueue(task, { n: 1 }, { id: "a" });
  const keyed = http({ url, manifest: { ...manifest, traits: { ...manifest.traits, uniqueKeys: true } } });
  void createQueue(keyed).enqueue(task, { n: 1 }, { unique: { key: 1 } });
  // @ts-expect-error it has no unique keys
  void createQueue(producer).enqueue(task, { n: 1 }, { unique: { key: 1 } });
  const limited = http({ url, manifest: { ...manifest, traits: { ...manifest.traits, limits: true } } });
  const one = defineJob("limited", {
    input: z.object({ n: z.number() }),
    concurrency: { key: ({ n }) => n, limit: 1 },
  });
  void createQueue(limited).enqueue(one, { n: 1 });
  // @ts-expect-error it has no limits
  void createQueue(producer).enqueue(one, { n: 1 });
  const inOrder = defineJob("ordered", { input: z.object({ n: z.number() }), order: { key: ({ n }) => n } });
  void createQueue(http({ url, manifest: manifestOf(memory()) })).enqueue(inOrder, { n: 1 });
  // @ts-expect-error it keeps no order
  void createQueue(limited).enqueue(inOrder, { n: 1 });
  void createQueue(http({ url, manifest: { ...manifest, interfaces: ["PauseFor"] } })).pauseFor("mail", "1s");
  // @ts-expect-error its queues cannot pause for a while
  void createQueue(producer).pauseFor("mail", "1s");
  void createQueue(http({ url, manifest: manifestOf(memory()) })).enqueue(task, { n: 1 }, { unique: { key: 1 } });
  // @ts-expect-error no such interface
  http({ url, manifest: { ...manifest, interfaces: ["Everything"] } });
  // @ts-expect-error what is only known at run time may be missing
  void http({ url, manifest: manifestOf(memory()) }).claim({ queues: [], leaseMs: 1 });
  // @ts-expect-error who may call must be said
  serve(memory(), {});
}
