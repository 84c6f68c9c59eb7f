import { type LogEntry, LongshoreError, createQueue, defineJob, systemPlatform } from "@longshore/core";
import type { ClaimRequest, NewJob } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { http, manifestOf, serve } from "../src/index.ts";
import { type OutboxOptions, outbox } from "../src/outbox/index.ts";
import { openSockets } from "./sockets.ts";

const sockets = await openSockets();
afterAll(() => sockets.close());

const note = defineJob("note", { input: z.object({ n: z.number() }), queue: "notes" });
const DAY = 86_400_000;

/** A tab and a server, each with a store, on a clock that the test moves; the network is what the test makes of it. */
function world(options: Partial<OutboxOptions> = {}) {
  let now = 1_000_000;
  const clock = () => now;
  const platform = { ...systemPlatform, now: clock, monotonic: clock, random: () => 1 };
  const local = memory({ clock });
  const remote = memory({ clock });
  const calls: string[][] = [];
  const network: { before?: (jobs: readonly NewJob[]) => void; after?: (jobs: readonly NewJob[]) => void } = {};
  const through = {
    ...remote,
    async enqueue(jobs: readonly NewJob[]) {
      network.before?.(jobs);
      calls.push(jobs.map(({ id }) => id));
      const answers = await remote.enqueue(jobs);
      network.after?.(jobs);
      return answers;
    },
  };
  const box = outbox(local, through, { queues: ["notes"], platform, ...options });
  const queue = createQueue(local, { platform });
  const add = (...ids: string[]) => queue.enqueueMany(ids.map((id, n) => note.with({ n }, { id, partition: "p" })));
  const theirs = async () => (await remote.list({ limit: 1_000 })).jobs.map(({ id }) => id);
  const pass = (ms: number) => (now += ms);
  return { local, remote, network, box, queue, add, theirs, pass, calls };
}

const offline = (): never => {
  throw new TypeError("fetch failed");
};

test("a job arrives as it was, under its id, and the tab has the server's answer", async () => {
  const { local, remote, box, queue } = world();
  const input = { n: 7 };
  await queue.enqueue(note, input, { id: "a", partition: "p", priority: 2, metadata: { trip: "north" } });
  const [before] = await local.get([{ id: "a" }]);
  expect(await box.forward()).toEqual({ accepted: 1, refused: 0 });
  const [there] = await remote.get([{ id: "a" }]);
  for (const key of ["id", "partition", "name", "queue", "payload", "headers", "priority"] as const) {
    expect(there?.[key]).toEqual(before?.[key]);
  }
  expect(await queue.get("a")).toMatchObject({ state: "completed", result: { status: "created" } });
});

test("while the server is away jobs wait, spend no attempt, and the user is told why", async () => {
  const { network, box, queue, add, pass, theirs } = world();
  await add("a", "b");
  network.before = offline;
  for (let hour = 0; hour < 24; hour++) {
    expect((await box.forward()).away).toBe("fetch failed");
    pass(3_600_000);
  }
  expect(await box.progress()).toEqual({ waiting: 2, accepted: 0, refused: 0, away: "fetch failed" });
  expect(await queue.get("a")).toMatchObject({ state: "enqueued", attempt: 0, waitsFor: "fetch failed", failures: [] });
  delete network.before;
  await box.forward();
  expect(await theirs()).toEqual(["a", "b"]);
  expect(await box.progress()).toEqual({ waiting: 0, accepted: 2, refused: 0, away: undefined });
});

test("a reply that was lost makes no second job, also weeks later and after the server has done it", async () => {
  const { remote, network, box, queue, add, pass, theirs } = world();
  await add("a");
  network.after = offline;
  expect((await box.forward()).away).toBe("fetch failed");
  const [job] = await remote.claim({ queues: [{ name: "notes", limit: 9 }], leaseMs: 1_000 });
  await remote.settle([{ id: "a", partition: "p", token: job?.token ?? 0, outcome: { type: "complete" } }]);
  pass(59 * DAY);
  delete network.after;
  expect(await box.forward()).toEqual({ accepted: 1, refused: 0 });
  expect((await queue.get("a"))?.result).toEqual({ status: "duplicate", state: "completed" });
  expect(await theirs()).toEqual(["a"]);
});

test("what the server refuses for good is a dead letter with its reason, and the others arrive", async () => {
  const { network, box, queue, add, theirs } = world();
  await add("a", "b", "c");
  network.before = (jobs) => {
    if (jobs.some(({ id }) => id === "b")) throw new LongshoreError("forbidden", "The caller may not enqueue it.");
  };
  expect(await box.forward()).toEqual({ accepted: 2, refused: 1 });
  expect(await theirs()).toEqual(["a", "c"]);
  const dead = await queue.get("b");
  expect([dead?.state, dead?.failures[0]?.message]).toEqual(["dead", "The caller may not enqueue it."]);
  // Allowed meanwhile, an operator's replay hands it over.
  delete network.before;
  await queue.replay("b");
  await box.forward();
  expect(await theirs()).toEqual(["a", "b", "c"]);
});

test("what the server would run otherwise than it is meant stays here as a dead letter, and the others arrive", async () => {
  const { box, queue, add, theirs, calls } = world();
  const one = defineJob("one", {
    input: z.object({ n: z.number() }),
    queue: "notes",
    concurrency: { key: ({ n }) => n, limit: 1 },
  });
  const parent = note.with({ n: 2 }, { id: "parent" });
  await queue.enqueueMany([
    one.with({ n: 1 }, { id: "limited" }),
    parent,
    note.with({ n: 3 }, { id: "child", after: [parent] }),
  ]);
  await add("a");
  expect(await box.forward()).toEqual({ accepted: 2, refused: 2 });
  expect(await theirs()).toEqual(["a", "parent"]);
  expect((await queue.get("limited"))?.failures[0]?.message).toContain("no limits");
  expect((await queue.get("child"))?.failures[0]?.message).toContain("no parents");
  expect(calls).toEqual([["parent", "a"]]);
});

test.each(["unauthorized", "unsupported_version", "invalid_request", "shard_failed"] as const)(
  "%s passes, and buries nothing",
  async (code) => {
    const { network, box, add } = world();
    await add("a");
    network.before = () => {
      throw new LongshoreError(code, "not now");
    };
    expect(await box.forward()).toEqual({ accepted: 0, refused: 0, away: "not now" });
    expect(await box.progress()).toMatchObject({ waiting: 1, refused: 0 });
  },
);

test("in order, the server gets the jobs as they came, whatever fails when", async () => {
  const faults = fc.array(fc.constantFrom("none", "before", "after", "refused"), { maxLength: 12 });
  const sizes = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(faults, sizes, async (faults, sizes) => {
    const { remote, network, box, add, pass } = world({ ordered: true });
    const all: string[] = [];
    const step = async (): Promise<void> => {
      await box.forward();
      pass(1_000);
    };
    let fault: string | undefined;
    const rest = [...faults];
    network.before = () => {
      fault = rest.shift();
      if (fault === "before") offline();
      if (fault === "refused") throw new LongshoreError("invalid_request", "a proxy");
    };
    network.after = () => {
      if (fault === "after") offline();
    };
    for (const size of sizes) {
      const ids = Array.from({ length: size }, (_, i) => `job-${String(all.length + i).padStart(4, "0")}`);
      all.push(...ids);
      await add(...ids);
      pass(10);
      await step();
    }
    rest.length = 0;
    await step();
    const arrived: string[] = [];
    for (;;) {
      const jobs = await remote.claim({ queues: [{ name: "notes", limit: 1_000 }], leaseMs: 1_000 });
      if (jobs.length === 0) break;
      arrived.push(...jobs.map(({ id }) => id));
    }
    expect(arrived).toEqual(all);
  });
  await fc.assert(property, { numRuns: 25 });
});

test("in order, nothing is sent while another tab holds a job, and it goes first once that tab is gone", async () => {
  const { local, box, add, pass, calls } = world({ ordered: true });
  await add("a");
  await local.claim({ queues: [{ name: "notes", limit: 1 }], leaseMs: 120_000 });
  pass(1_000);
  await add("b");
  expect((await box.forward()).away).toContain("Another outbox");
  expect(calls).toEqual([]);
  pass(120_000);
  await box.forward();
  expect(calls).toEqual([["a", "b"]]);
});

test("jobs go in calls of a hundred, or of a megabyte", async () => {
  const { box, queue, add, calls } = world();
  await add(...Array.from({ length: 250 }, (_, i) => `n${i}`));
  await box.forward();
  expect(calls.map((ids) => ids.length)).toEqual([100, 100, 50]);
  const large = defineJob("large", { input: z.object({ text: z.string() }), queue: "notes" });
  await queue.enqueueMany([1, 2, 3].map(() => large.with({ text: "x".repeat(600_000) })));
  await box.forward();
  expect(calls.slice(3).map((ids) => ids.length)).toEqual([1, 1, 1]);
});

test("a started outbox hands over what comes, over real sockets, and what came while it was stopped", async () => {
  const local = memory();
  const server = memory();
  const authorize = () => [{ verbs: ["enqueue"], queues: ["notes"], names: ["note"] }] as const;
  const url = sockets.mount(serve(server, { authorize }));
  const remote = http({ url, manifest: { ...manifestOf(server), interfaces: [] } });
  let rounds = (): void => {};
  const box = outbox(local, remote, { queues: ["notes"], onRound: () => rounds() });
  const handed = (count: number) =>
    new Promise<void>((resolve) => {
      rounds = () => void box.progress().then(({ accepted }) => accepted === count && resolve());
    });
  const queue = createQueue(local);
  await queue.enqueue(note, { n: 1 });
  let all = handed(1);
  box.start();
  await all;
  all = handed(2);
  await queue.enqueue(note, { n: 2 });
  await all;
  await box.stop();
  await queue.enqueue(note, { n: 3 });
  all = handed(3);
  box.start();
  box.start();
  await all;
  await box.stop();
  expect((await server.counts())[0]?.counts).toEqual({ enqueued: 3 });
});

test("an outage of the local store is told once, however often it is asked, and the next one again", async () => {
  const told: LogEntry[] = [];
  let claims = 0;
  const local = memory();
  let ended = (): void => {};
  const failing = {
    ...local,
    async claim(request: ClaimRequest) {
      // Two outages, of three calls and of two.
      const error = new Error(`the database is closing ${++claims}`);
      if (claims === 7) ended();
      if (claims <= 3 || claims === 5 || claims === 6) throw error;
      return local.claim(request);
    },
  };
  const platform = {
    ...systemPlatform,
    timer(_ms: number, callback: () => void) {
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    },
  };
  const log = { warn: (entry: LogEntry) => void told.push(entry) };
  const box = outbox(failing, memory(), { queues: ["notes"], platform, log });
  const seen = new Promise<void>((resolve) => (ended = resolve));
  box.start();
  await seen;
  await box.stop();
  const message = "the local store failed, and no jobs are handed over meanwhile";
  expect(told).toEqual(
    [1, 5].map((at) => ({
      message,
      error: `Error: the database is closing ${at}`,
      stack: expect.any(String) as unknown,
    })),
  );
});

test.each<[string, object]>([
  ["no queues", {}],
  ["a queue that is a text", { queues: "notes" }],
  ["an unknown option", { queues: ["notes"], keepMs: 5 }],
  ["a keep that is none", { queues: ["notes"], keep: "soon" }],
])("%s is refused", (_, options) => {
  expect(() => outbox(memory(), memory(), options as OutboxOptions)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^invalid_/) }),
  );
});
