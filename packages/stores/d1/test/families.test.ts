import { env } from "cloudflare:workers";
import { newJob } from "@longshore/conformance/tools";
import type { After, NewJob, SettleAnswer } from "@longshore/core/adapter";
import { beforeEach, describe, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { empty, metered } from "./meter.ts";

// That the rules hold is in the suite; here is what they cost.

const { database, meter } = metered(env.DB);
let adapter = d1(database);

beforeEach(async () => {
  adapter = d1(database);
  await adapter.migrate();
  await empty(env.DB);
});

const plain = (id: string, parts: Partial<NewJob> = {}): NewJob => newJob(id, { keepMs: 0, ...parts });
const child = (id: string, parents: readonly string[], onFailed: After["onFailed"] = "dead"): NewJob =>
  plain(id, { after: { jobs: parents.map((parent) => ({ id: parent })), onFailed } });
const claim = (limit: number) => adapter.claim({ queues: [{ name: "default", limit }], leaseMs: 30_000 });
const complete = { type: "complete" } as const;

/** Claims and completes so many. */
async function run(limit: number): Promise<readonly SettleAnswer[]> {
  return adapter.settle((await claim(limit)).map((job) => ({ ...job, outcome: complete })));
}

async function costOf(what: () => Promise<unknown>): Promise<Readonly<Record<"written" | "read" | "batches", number>>> {
  const before = { ...meter };
  await what();
  const [written, read] = [meter.written - before.written, meter.read - before.read];
  return { written, read, batches: meter.batches - before.batches };
}

const ids = (n: number): string[] => Array.from({ length: n }, (_, i) => `p:${i}`);

describe("a family", () => {
  test("that is enqueued together costs a row for its call: two for each job, as others", async () => {
    expect((await costOf(() => adapter.enqueue(["a", "b", "c"].map((id) => plain(id))))).written).toBe(6);
    await empty(env.DB);
    await adapter.enqueue([plain("raises the version"), child("of the tables", ["raises the version"])]);
    await empty(env.DB);
    const jobs = [plain("a"), plain("b"), child("c", ["a", "b"])];
    expect((await costOf(() => adapter.enqueue(jobs))).written).toBe(7);
  });

  test("of two parents and a child, none of which is kept, costs 30 rows over its life, where three others cost 15", async () => {
    await adapter.enqueue([plain("raises the version"), child("of the tables", ["raises the version"])]);
    await empty(env.DB);
    const jobs = [plain("a"), plain("b"), plain("c")];
    const lifeOf = (all: readonly NewJob[]) => async () => {
      await adapter.enqueue(all);
      for (const _ of all) await run(1);
      await adapter.prune(9);
    };
    expect((await costOf(lifeOf(jobs))).written).toBe(15);
    expect((await costOf(lifeOf([...jobs.slice(0, 2), child("c", ["a", "b"])]))).written).toBe(30);
    expect(await env.DB.prepare("SELECT id FROM longshore_jobs").all()).toMatchObject({ results: [] });
  });

  test("is settled in one batch by the instance that claimed it, and by another in two, of which the first does nothing", async () => {
    await adapter.enqueue([plain("a"), plain("b"), child("c", ["a", "b"])]);
    const [a, b] = await claim(2);
    if (a === undefined || b === undefined) throw new Error("two were enqueued");
    expect((await costOf(() => adapter.settle([{ ...a, outcome: complete }]))).batches).toBe(1);
    const other = d1(database);
    await other.counts();
    const told: (readonly SettleAnswer[])[] = [];
    // The meter counts those that succeed.
    const { batches } = await costOf(async () => told.push(await other.settle([{ ...b, outcome: complete }])));
    expect(batches).toBe(1);
    expect(told).toEqual([[{ status: "accepted", next: [], freed: 1 }]]);
  });

  test("costs each of a thousand parents what it costs each of a hundred, in whatever order they end", async () => {
    const costs: number[] = [];
    for (const [n, order] of [
      [100, 1],
      [1_000, 1],
      [1_000, -1],
    ] as const) {
      const parents = ids(n);
      const jobs = parents.map((id, i) => plain(id, { due: { at: 1_000 + order * i } }));
      await adapter.enqueue([child("last", parents), ...jobs]);
      let told: readonly SettleAnswer[] = [];
      const { written, read } = await costOf(async () => {
        for (let round = 0; round < n / 50; round++) told = await run(50);
      });
      expect(told.at(-1)).toEqual({ status: "accepted", next: [], freed: 1 });
      costs.push(written / n + read / n / 1_000);
      expect(await run(2)).toEqual(["accepted"]);
      expect((await adapter.list({ limit: 1 })).jobs).toEqual([]);
      await adapter.prune(1);
    }
    const [few = 0, many = 0, backwards = 0] = costs;
    expect(many).toBeLessThan(few * 1.2);
    expect(backwards).toBeLessThan(few * 1.2);
  });

  test("whose parent has too many children is refused as a whole", async () => {
    await adapter.enqueue([plain("a")]);
    const many = (from: number) =>
      Array.from({ length: 1_500 }, (_, n) => child(`${"c".repeat(20)}${from + n}`, ["a"]));
    expect((await adapter.enqueue(many(1_000))).every(({ status }) => status === "created")).toBe(true);
    const [first, ...rest] = await adapter.enqueue([plain("b"), ...many(3_000)]);
    expect(first).toEqual({ status: "failed", message: "too many jobs would come after a" });
    expect(rest.every(({ status }) => status === "failed")).toBe(true);
    expect(await adapter.get([{ id: "b" }])).toEqual([undefined]);
  });
});

test("settlements of a call go by turn: who comes after a job of it waits for that, and each tells whom it freed", async () => {
  await adapter.enqueue([plain("a"), plain("b")]);
  const [a, b] = await claim(2);
  if (a === undefined || b === undefined) throw new Error("two were enqueued");
  await adapter.enqueue([child("c", ["a"])]);
  const next = [child("d", ["b"])];
  expect(
    await adapter.settle([
      { ...a, outcome: complete, next },
      { ...b, outcome: complete },
    ]),
  ).toEqual([
    { status: "accepted", next: [{ status: "created" }], freed: 1 },
    { status: "accepted", next: [], freed: 1 },
  ]);
  expect((await claim(9)).map(({ id }) => id)).toEqual(["c", "d"]);
});

test("a claim of several queues takes them in turn: a child that the end of a late parent frees comes by its priority", async () => {
  let ahead = 0;
  adapter = d1(database, { clock: () => 1e12 + ahead });
  const run = { jobs: [{ id: "a" }], onFailed: "run" } as const;
  await adapter.enqueue([plain("a", { startWithinMs: 1_000 }), plain("b", { queue: "mail", priority: 4, after: run })]);
  await adapter.enqueue([plain("c", { queue: "mail", priority: 9 })]);
  ahead = 2_000;
  const queues = ["default", "mail"].map((name) => ({ name, limit: 1 }));
  const claimed = await adapter.claim({ queues, leaseMs: 1_000 });
  expect(claimed.map(({ id, expired }) => [id, expired])).toEqual([
    ["a", true],
    ["b", undefined],
  ]);
});

describe("a parent with a unique key", () => {
  const keyed = (id: string, n = 0): NewJob =>
    plain(id, { payload: `{"n":${n}}`, unique: { key: "k", on: "replace" } });

  test("keeps its children when it gets new data", async () => {
    await adapter.enqueue([keyed("a", 1), child("b", ["a"])]);
    expect(await adapter.enqueue([keyed("c", 2)])).toEqual([{ status: "replaced", id: "a" }]);
    expect(await run(9)).toEqual([{ status: "accepted", next: [], freed: 1 }]);
    expect((await claim(9)).map(({ id }) => id)).toEqual(["b"]);
  });

  test("that is another job is the one that has the key, and is told once", async () => {
    await adapter.enqueue([keyed("a")]);
    await adapter.enqueue([keyed("b"), child("c", ["a", "b"])]);
    expect((await adapter.get([{ id: "c" }]))[0]).toMatchObject({ state: "blocked", after: ["a"] });
    expect(await run(9)).toEqual([{ status: "accepted", next: [], freed: 1 }]);
    expect((await claim(9)).map(({ id }) => id)).toEqual(["c"]);
  });

  test("that is not created leaves its id to a second job of the call, which waits", async () => {
    await adapter.enqueue([keyed("a")]);
    await adapter.enqueue([{ ...keyed("b"), unique: { key: "k", on: "keep" } }, child("b", ["a"])]);
    expect((await adapter.get([{ id: "b" }]))[0]).toMatchObject({ state: "blocked", after: ["a"] });
  });
});
