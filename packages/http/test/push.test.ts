import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemPlatform } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { paired } from "@longshore/paired";
import { afterAll, expect, test } from "vitest";
import { callOf } from "../src/push/call.ts";
import { type HttpBrokerOptions, type PushOptions, httpBroker, push } from "../src/push/index.ts";
import { signGrants } from "../src/tokens.ts";
import { everything } from "./everything.ts";
import { quiet, receiverOf, secret, senderOf, task } from "./pushing.ts";
import { openSockets } from "./sockets.ts";

const sockets = await openSockets();
afterAll(() => sockets.close());

type Handler = (request: Request) => Promise<Response>;
/** Where a handler listens: the mounts have their handlers below them. */
const listen = (handler: Handler): string => `${sockets.mount(handler)}/run`;

const job: ClaimedJob = {
  id: "a",
  name: "task",
  queue: "default",
  payload: '{"n":1}',
  headers: { v: "1" },
  priority: 5,
  token: 1,
  attempt: 1,
  stalled: false,
  ageMs: 0,
  waitedMs: 0,
};

type Signed = { readonly secret?: string; readonly audience?: string; readonly now?: number };
/** The call that brings a job, as it is or with another body. */
async function callFor(sent: ClaimedJob = job, by: Signed = {}, change: Partial<RequestInit> = {}): Promise<Request> {
  const call = await callOf(sent, by.secret ?? secret, by.audience ?? "longshore", by.now ?? Date.now());
  return new Request("https://host/run", { method: "POST", ...call, ...change });
}

/** The status, and the error's code or what else there is, read to its end. */
async function answer(response: Promise<Response>): Promise<readonly [number, string]> {
  const { status } = await response;
  const text = await (await response).text();
  return [status, text.startsWith("{") ? JSON.parse(text).error.code : text.replaceAll("\n", "")];
}

/** A promise, and what resolves it. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test("jobs run where they are sent, and are settled in the store", async () => {
  const { store, url, to, queue, ended, state, log } = senderOf(sockets);
  const ran: number[] = [];
  const receiver = receiverOf(url, (n) => {
    if (n === 3) throw new Error("three");
    ran.push(n);
  });
  const jobs = to(listen(receiver));
  await queue.enqueueMany([1, 2, 3].map((n) => task.with({ n }, { id: `job-${n}` })));
  expect(await jobs.dispatchDue()).toEqual({ carried: 3, failed: 0, full: false });
  await ended();
  expect(ran.toSorted()).toEqual([1, 2]);
  expect([await state("job-1"), await state("job-2")]).toEqual([
    ["completed", 1],
    ["completed", 1],
  ]);
  expect((await store.get([{ id: "job-3" }]))[0]).toMatchObject({ state: "failed", failures: [{ message: "three" }] });
  expect(log.said).toEqual([]);
});

test("a job counts as sent when it begins, and the call is open until it ends", async () => {
  const { url, to, queue, ended, state } = senderOf(sockets);
  const [began, ends] = [gate(), gate()];
  const receiver = receiverOf(url, () => {
    began.open();
    return ends.opened;
  });
  await queue.enqueue(task, { n: 1 }, { id: "a" });
  expect(await to(listen(receiver)).dispatchDue()).toMatchObject({ carried: 1 });
  await began.opened;
  let over = false;
  const all = ended().then(() => (over = true));
  expect([await state("a"), over]).toEqual([["active", 1], false]);
  ends.open();
  await all;
  expect(await state("a")).toEqual(["completed", 1]);
});

test("a copy of a call runs nothing while its job runs, and after it was settled, cancelled or claimed anew", async () => {
  let now = 1_000_000;
  const { store, url, queue, state } = senderOf(sockets, () => now);
  const [began, ends] = [gate(), gate()];
  let runs = 0;
  const receiver = receiverOf(url, () => {
    runs++;
    began.open();
    return ends.opened;
  });
  const claim = async (id: string): Promise<ClaimedJob> => {
    await queue.enqueue(task, { n: 1 }, { id });
    const [claimed] = await store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 60_000 });
    return claimed ?? job;
  };
  const settled = await claim("settled");
  const first = answer(receiver(await callFor(settled)));
  await began.opened;
  expect(await answer(receiver(await callFor(settled)))).toEqual([202, ":"]);
  ends.open();
  expect(await first).toEqual([202, ":"]);
  expect(await answer(receiver(await callFor(settled)))).toEqual([202, ":"]);

  const cancelled = await claim("cancelled");
  await store.cancel([cancelled]);
  await answer(receiver(await callFor(cancelled)));
  const lapsed = await claim("lapsed");
  now += 60_001;
  await store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 60_000 });
  await answer(receiver(await callFor(lapsed)));
  expect([runs, await state("settled"), await state("cancelled"), await state("lapsed")]).toEqual([
    1,
    ["completed", 1],
    ["cancelled", 1],
    ["active", 2],
  ]);
});

/** A receiver whose runner only keeps what it is given. */
function listener(options: Partial<PushOptions> = {}) {
  const ran: unknown[] = [];
  const handler = push({ runCarried: async (jobs) => void ran.push(...jobs) }, { secret, log: quiet(), ...options });
  return { ran, handler };
}

test("who cannot show a signature of this very call is refused, and nothing runs", async () => {
  const { ran, handler } = listener();
  const now = Date.now();
  const grants = await signGrants(everything, { secret, expiresIn: "15m" });
  const { headers } = await callOf(job, secret, "longshore", now);
  const bearer = (authorization: string): RequestInit => ({ headers: { ...headers, authorization } });
  const body = JSON.stringify({ ...job, payload: '{"n":2}' });
  const forged: readonly Promise<Request>[] = [
    callFor(job, {}, { headers: { "content-type": "application/json" } }),
    callFor(job, {}, bearer("Bearer x")),
    callFor(job, {}, bearer(`Bearer ${grants}`)),
    callFor(job, { secret: `other-${secret}` }),
    callFor(job, { audience: "other" }),
    callFor(job, { now: now - 301_000 }),
    callFor(job, {}, { body }),
    callFor(job, {}, { body: "" }),
  ];
  for (const [i, request] of forged.entries()) {
    expect([i, await answer(handler(await request))]).toEqual([i, [401, "unauthorized"]]);
  }
  expect(ran).toEqual([]);
  expect(await answer(handler(await callFor(job, { now: now - 290_000 })))).toEqual([202, ":"]);
  expect(await answer(listener({ secret: [secret, `old-${secret}`] }).handler(await callFor()))).toEqual([202, ":"]);
  const other = listener({ audience: "other" });
  expect(await answer(other.handler(await callFor(job, { audience: "other" })))).toEqual([202, ":"]);
  expect([ran, other.ran]).toEqual([[job], [job]]);
});

test("a stranger's body is not read, and one over the limit is not read whole", async () => {
  let pulled = 0;
  const endless = (): RequestInit & { duplex: "half" } => ({
    duplex: "half",
    body: new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(600));
      },
    }),
  });
  const { ran, handler } = listener({ maxBytes: 1_000 });
  const stranger = await callFor(job, { secret: `other-${secret}` }, endless());
  const before = pulled;
  expect(await answer(handler(stranger))).toEqual([401, "unauthorized"]);
  expect(pulled).toBe(before);
  expect(await answer(handler(await callFor(job, {}, endless())))).toEqual([413, "batch_too_large"]);
  expect(pulled - before).toBeLessThan(5);
  expect(ran).toEqual([]);
});

test("what is signed and yet no claimed job is refused", async () => {
  const { ran, handler } = listener();
  const wrong: readonly (readonly [object, string])[] = [
    [{ id: 1 }, "invalid_id"],
    [{ queue: "a b" }, "invalid_name"],
    [{ payload: undefined }, "invalid_option"],
    [{ headers: { v: 1 } }, "invalid_option"],
    [{ priority: 10 }, "invalid_option"],
    [{ token: -1 }, "invalid_option"],
    [{ token: "1" }, "invalid_option"],
    [{ attempt: null }, "invalid_option"],
    [{ stalled: "no" }, "invalid_option"],
    [{ snoozed: "why" }, "invalid_option"],
    [{ leaseMs: 0.5 }, "invalid_option"],
  ];
  for (const [change, code] of wrong) {
    const [status, told] = await answer(handler(await callFor({ ...job, ...change } as ClaimedJob)));
    expect([change, status >= 400 && status < 500, told]).toEqual([change, true, code]);
  }
  expect(await answer(handler(new Request("https://host/run")))).toEqual([400, "invalid_request"]);
  const newer = await callFor();
  newer.headers.set("longshore-version", "2");
  expect(await answer(handler(newer))).toEqual([400, "unsupported_version"]);
  expect(ran).toEqual([]);
});

test("a job arrives as it was claimed", async () => {
  const { ran, handler } = listener();
  const full = { ...job, partition: "p", payload: '"ü\u2028"', snoozed: { reason: "r", forMs: 5 }, leaseMs: 1_000 };
  await answer(handler(await callFor(full)));
  expect(ran).toEqual([full]);
});

test("a receiver that is full, or whose store is away, says so, and never why to the caller", async () => {
  const ends = gate();
  const busy = push({ runCarried: () => ends.opened }, { secret, maxRunning: 1 });
  const first = answer(busy(await callFor()));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await answer(busy(await callFor({ ...job, token: 2 })))).toEqual([503, "busy"]);
  ends.open();
  expect([await first, await answer(busy(await callFor()))]).toEqual([
    [202, ":"],
    [202, ":"],
  ]);
  const log = quiet();
  const away = push({ runCarried: () => Promise.reject(new Error("hunter2")) }, { secret, log });
  expect(await answer(away(await callFor()))).toEqual([202, ":"]);
  expect(log.said).toEqual([expect.objectContaining({ id: "a", error: expect.stringContaining("hunter2") })]);
  expect(JSON.stringify(log.said)).not.toContain("payload");
});

const none = async () => new Response(null);
const answers: readonly [what: string, becomes: "active" | "delayed", attempt: number, answer: Handler][] = [
  ["a failure of the platform, which may have run it", "active", 1, async () => new Response("", { status: 502 })],
  ["a platform that is at its limit", "delayed", 0, async () => new Response("", { status: 503 })],
  ["too many calls", "delayed", 0, async () => new Response("", { status: 429 })],
  ["a page of another server", "delayed", 0, async () => new Response("<html>")],
  ["an empty answer of another server", "delayed", 0, none],
  ["a receiver with another secret", "delayed", 0, push({ runCarried: none }, { secret: `other-${secret}` })],
];

test.each(answers)("after %s, the job is %s with the attempt %d", async (_, becomes, attempt, handler) => {
  const { to, queue, state, log } = senderOf(sockets);
  await queue.enqueue(task, { n: 1 }, { id: "a" });
  await to(listen(handler)).dispatchDue();
  expect(await state("a")).toEqual([becomes, attempt]);
  expect(log.said).toHaveLength(becomes === "active" ? 0 : 1);
});

test("without a connection jobs wait, cost no attempt, and the log has one line", async () => {
  const { to, queue, state, log } = senderOf(sockets);
  await queue.enqueueMany([1, 2].map((n) => task.with({ n }, { id: `job-${n}` })));
  const fetch = () => Promise.reject(new TypeError("fetch failed"));
  expect(await to("http://127.0.0.1:9", { fetch }).dispatchDue()).toMatchObject({ carried: 0, failed: 2 });
  expect([await state("job-1"), await state("job-2")]).toEqual([
    ["delayed", 0],
    ["delayed", 0],
  ]);
  expect(log.said).toEqual([expect.objectContaining({ jobs: 2, reason: expect.stringContaining("fetch failed") })]);
});

test("nobody waits for a platform that answers when the job has run, and the call is given up at its limit", async () => {
  const timers = new Map<number, () => void>();
  const platform = {
    ...systemPlatform,
    timer: (ms: number, callback: () => void) => (timers.set(ms, callback), () => {}),
  };
  const { to, queue, state } = senderOf(sockets);
  await queue.enqueue(task, { n: 1 }, { id: "a" });
  const called = gate();
  let aborted = false;
  const fetch: HttpBrokerOptions["fetch"] = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => {
        aborted = true;
        reject(new Error("aborted"));
      });
      called.open();
    });
  const dispatched = to("http://127.0.0.1:9", { fetch, platform, maxRun: "10m" }).dispatchDue();
  await called.opened;
  timers.get(10_000)?.();
  expect(await dispatched).toMatchObject({ carried: 1 });
  expect([await state("a"), aborted]).toEqual([["active", 1], false]);
  timers.get(600_000)?.();
  expect(aborted).toBe(true);
});

test("a job that takes its process along had been sent, so it costs an attempt", async () => {
  const { url, to, queue, ended, state } = senderOf(sockets);
  const file = fileURLToPath(new URL("runtimes/fatal.ts", import.meta.url));
  const child = spawn(process.execPath, [file, url], { stdio: ["ignore", "pipe", "inherit"] });
  const [place] = await new Promise<string[]>((resolve) =>
    createInterface({ input: child.stdout }).once("line", (line) => resolve([line])),
  );
  const died = new Promise((resolve) => child.once("exit", resolve));
  await queue.enqueue(task, { n: 1 }, { id: "a" });
  expect(await to(`http://127.0.0.1:${place}/run`).dispatchDue()).toMatchObject({ carried: 1, failed: 0 });
  expect(await died).toBe(7);
  await ended();
  expect(await state("a")).toEqual(["active", 1]);
});

test.each<[string, () => unknown]>([
  ["no secret", () => push({ runCarried: none }, {} as PushOptions)],
  ["no secret of a list", () => push({ runCarried: none }, { secret: [] })],
  ["a short secret", () => push({ runCarried: none }, { secret: "hunter2" })],
  ["a worker in place of a pair's runner", () => push({ run: none } as never, { secret })],
  ["an unknown option", () => push({ runCarried: none }, { secret, maxJobs: 1 } as never)],
  ["a url that is none", () => httpBroker({ url: "host", secret })],
  ["a short secret of the sender", () => httpBroker({ url: "https://host", secret: "hunter2" })],
  ["a run of no time", () => httpBroker({ url: "https://host", secret, maxRun: 0 })],
])("%s is refused, and no message quotes a secret", (_, make) => {
  expect(make).toThrow(expect.objectContaining({ code: expect.stringMatching(/^invalid_(option|duration)$/) }));
  expect(make).not.toThrow("hunter2");
});

test("a pair knows what the platform lets a job run", () => {
  expect(paired(memory(), httpBroker({ url: "https://host", secret, maxRun: "2m" })).traits.maxRunMs).toBe(120_000);
});
