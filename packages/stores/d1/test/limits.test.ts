import { env } from "cloudflare:workers";
import { createQueue, defineJob } from "@longshore/core";
import type { ClaimedJob, Limits, NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { beforeEach, describe, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { empty, metered } from "./meter.ts";
import { anyInput } from "./schema.ts";

// That the limits hold is in the suite; here is what they cost, and what several instances do to each other.

let now = 0;
const clock = () => now;
let between: (() => Promise<unknown>) | undefined;
const { database, meter } = metered(env.DB);
/** Something happens after its first batch that succeeds. */
const interrupted: typeof database = {
  prepare: (sql) => database.prepare(sql),
  async batch(statements) {
    const results = await database.batch(statements);
    const happens = between;
    between = undefined;
    await happens?.();
    return results;
  },
};
let adapter = d1(database, { clock });

beforeEach(async () => {
  now = 1_000_000;
  between = undefined;
  adapter = d1(database, { clock });
  await adapter.migrate();
  await empty(env.DB);
});

const ONE: Limits = { key: "k", running: 1 };
const job = (id: string, limits?: Limits, parts: Partial<NewJob> = {}): NewJob =>
  newJob(id, { keepMs: 0, ...(limits && { limits }), ...parts });
const add = (limits: Limits | undefined, ...ids: readonly string[]) =>
  adapter.enqueue(ids.map((id) => job(id, limits)));
const claim = (limit: number, from = adapter): Promise<readonly ClaimedJob[]> =>
  from.claim({ queues: [{ name: "default", limit }], leaseMs: 30_000 });
const idsOf = (jobs: readonly ClaimedJob[]): string[] => jobs.map(({ id }) => id);
const complete = (jobs: readonly ClaimedJob[], by = adapter) =>
  by.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));

async function costOf(what: () => Promise<unknown>): Promise<Readonly<Record<"written" | "read" | "batches", number>>> {
  const before = { ...meter };
  await what();
  const [written, read] = [meter.written - before.written, meter.read - before.read];
  return { written, read, batches: meter.batches - before.batches };
}

describe("what limits cost", () => {
  test("a claim reads no more rows with ten thousand jobs behind its keys than with a hundred", async () => {
    const reads: number[] = [];
    for (const waiting of [100, 10_000]) {
      await empty(env.DB);
      const keys = [0, 1, 2, 3, 4].map((key): Limits => ({ key: `${key}`, running: 1 }));
      for (const [i, limits] of keys.entries()) {
        const jobs = Array.from({ length: waiting / keys.length }, (_, n) => job(`${i}:${n}`, limits));
        for (let from = 0; from < jobs.length; from += 1_000) await adapter.enqueue(jobs.slice(from, from + 1_000));
      }
      const { read } = await costOf(async () => {
        const jobs = await claim(10);
        expect(jobs.length).toBe(5);
        expect(await claim(10)).toEqual([]);
        await complete(jobs);
        expect((await claim(10)).length).toBe(5);
      });
      reads.push(read);
    }
    const [few = 0, many = 0] = reads;
    expect(many).toBeLessThan(few + 50);
    expect(many).toBeLessThan(1_500);
  });

  test("a job with a key of its own costs 9.1 rows in tens over its life, where others cost 4.1", async () => {
    const limits = (n: number): Limits => ({ key: `${n}`, running: 1 });
    const ten = (from: number) => Array.from({ length: 10 }, (_, n) => job(`${from + n}`, limits(n)));
    await adapter.enqueue(ten(0));
    await complete(await claim(10));
    const { written } = await costOf(async () => {
      for (let from = 0; from < 100; from += 10) {
        await adapter.enqueue(ten(from));
        await complete(await claim(10));
      }
    });
    expect(written / 100).toBe(9.1);
  });

  test("one batch by the instance that claimed it settles a job, and by another two, and the next starts", async () => {
    await add(ONE, "a", "b", "c");
    const first = await claim(1);
    expect((await costOf(() => complete(first))).batches).toBe(1);
    const second = await claim(1);
    const other = d1(database, { clock });
    await other.counts();
    // The meter counts those that succeed: one looks at the keys, and one settles.
    expect((await costOf(async () => expect(await complete(second, other)).toEqual(["accepted"]))).batches).toBe(2);
    expect(idsOf([...first, ...second, ...(await claim(9))])).toEqual(["a", "b", "c"]);
  });

  test("jobs of one key that end together need no more statements than one", async () => {
    const many: Limits = { key: "k", running: 9 };
    await add(many, "a", "b", "c", "d");
    const jobs = await claim(9);
    expect(jobs.length).toBe(4);
    let statements = 0;
    const counting = {
      ...database,
      batch: (all: D1PreparedStatement[]) => ((statements += all.length), database.batch(all)),
    };
    const other = d1(counting, { clock });
    await complete(jobs, other);
    expect(statements).toBeLessThan(20);
    expect((await adapter.list({ limit: 9 })).jobs).toEqual([]);
  });

  test("numbers of rates that say nothing any more go, while others start", async () => {
    const rate = { everyMs: 1_000, burst: 1 };
    const start = async (key: string) => {
      await add({ key, rate }, key);
      await complete(await claim(9));
    };
    for (let n = 0; n < 40; n++) await start(`old ${n}`);
    now += 60_000;
    for (let n = 0; n < 80; n++) await start(`new ${n}`);
    const rates = await env.DB.prepare("SELECT key FROM longshore_meta WHERE key LIKE 'tat:%old%'").all();
    expect(rates.results.length).toBeLessThan(10);
  });
});

describe("several instances", () => {
  test("that claim at the same time run no more jobs of a key than its limit", async () => {
    await add({ key: "k", running: 3 }, ...Array.from({ length: 20 }, (_, n) => `job-${n}`));
    const claims = await Promise.all(Array.from({ length: 6 }, () => claim(2, d1(env.DB, { clock }))));
    expect(claims.flat().length).toBe(3);
    expect(new Set(claims.flat().map(({ token }) => token)).size).toBe(3);
  });

  test("whose claims are overtaken look again, and do what is right then", async () => {
    await add(ONE, "a", "b");
    const late = d1(interrupted, { clock });
    await late.counts();
    await claim(0, late);
    expect(idsOf(await claim(1))).toEqual(["a"]);
    await complete(await adapter.claim({ queues: [], leaseMs: 1 }));
    const other = d1(env.DB, { clock });
    now += 30_000;
    // The lease has ended. Between what the claim reads and what it writes, another claim has the job.
    expect(idsOf(await claim(9, late))).toEqual(["a"]);
    now += 30_000;
    between = () => claim(9, other);
    expect(idsOf(await claim(9, late))).toEqual([]);
  });

  test("enqueue beside a claim that is under way, which need not look again", async () => {
    const late = d1(interrupted, { clock });
    await add(ONE, "a");
    expect(idsOf(await claim(9, late))).toEqual(["a"]);
    await add({ key: "other" }, "b");
    between = async () => {
      now += 1;
      await adapter.enqueue([job("c", { key: "other" }), job("d", undefined, { priority: 1 })]);
    };
    const { batches } = await costOf(async () => expect(idsOf(await claim(9, late))).toEqual(["b"]));
    expect(batches).toBe(3);
    expect(idsOf(await claim(9))).toEqual(["d", "c"]);
  });

  test("that overtake a claim for ever make it give up, and say so", async () => {
    await add({ queue: 9 }, ...Array.from({ length: 60 }, (_, n) => `job-${n}`));
    const other = d1(database, { clock });
    const late = d1(
      {
        ...database,
        async batch(statements: D1PreparedStatement[]) {
          const results = await database.batch(statements);
          await other.remove((await other.list({ limit: 1 })).jobs);
          return results;
        },
      },
      { clock },
    );
    await expect(claim(9, late)).rejects.toMatchObject({ code: "backend_timeout" });
    expect((await adapter.counts(["active"])).flatMap(({ counts }) => counts.active ?? [])).toEqual([]);
  });
});

describe("the number of a queue", () => {
  test("counts jobs without one that run already, whoever claimed them", async () => {
    await add(undefined, "a", "b");
    expect(idsOf(await claim(2))).toEqual(["a", "b"]);
    await add({ queue: 2 }, "c", "d");
    await add(undefined, "e");
    // The claim follows the number of those that run: none has one before.
    expect(idsOf(await claim(9, d1(env.DB, { clock })))).toEqual(["c"]);
    expect(idsOf(await claim(9))).toEqual([]);
  });

  test("is forgotten when none has had one for a day: claims are those of other queues again", async () => {
    await add({ queue: 2 }, "a");
    await complete(await claim(1));
    now += 2 * 86_400_000;
    await add(undefined, "b", "c", "d");
    const other = d1(database, { clock });
    await claim(1, other);
    await claim(1, other);
    const { batches } = await costOf(() => claim(1, other));
    expect(batches).toBe(1);
  });
});

test("a job in order that was delayed keeps its turn when it is tried again", async () => {
  const inOrder: Limits = { ...ONE, ordered: true };
  await adapter.enqueue([job("a", inOrder, { due: { inMs: 10 } })]);
  now += 10;
  const [a] = await claim(9);
  if (a === undefined) throw new Error("it is due");
  await add(inOrder, "b");
  await adapter.settle([{ ...a, outcome: { type: "retry", delayMs: 1_000, failure: { message: "not yet" } } }]);
  expect(idsOf(await claim(9))).toEqual([]);
  now += 1_000;
  expect(idsOf(await claim(9))).toEqual(["a"]);
});

test("the statements for a batch of the user's let a job through, as an enqueue does", async () => {
  const one = defineJob("one", { input: anyInput, concurrency: { key: () => "k", limit: 1 } });
  await env.DB.batch(await adapter.statements([one.with({ n: 1 }), one.with({ n: 2 })]));
  const states = async () => (await adapter.list({ limit: 9 })).jobs.map(({ state }) => state).sort();
  expect(await states()).toEqual(["blocked", "enqueued"]);
  await createQueue(adapter).enqueue(one, { n: 3 });
  expect(await states()).toEqual(["blocked", "blocked", "enqueued"]);
});

test("new data that takes a job away from the key of its limit lets the next one start", async () => {
  const unique = { key: "u", on: "replace" } as const;
  await adapter.enqueue([job("a", ONE, { unique })]);
  await add(ONE, "b");
  await d1(env.DB, { clock }).enqueue([job("c", undefined, { unique })]);
  expect(idsOf(await claim(9)).sort()).toEqual(["a", "b"]);
});
