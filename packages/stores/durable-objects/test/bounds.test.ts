import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createWorker, defineJob, handle } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import type { JobPage, NewJob, StoredJob } from "@longshore/core/adapter";
import { beforeEach, expect, test, vi } from "vitest";
import { openState, storeOver } from "@longshore/sqlite-engine";
import { databaseOf, smallJobsOf } from "../src/database.ts";
import { createStore, durableObjects } from "../src/index.ts";
import { anyInput } from "./schema.ts";
import { crew, metering, time } from "./worker.ts";

// What one message, one row and one turn can hold, for the whole and not only for the parts.

let objects = 0;
let name = "";
beforeEach(() => {
  name = `bounds-${++objects}`;
  crew.adapter = { name };
  metering.options = {};
  time.now = Date.now;
});

const keeper = (shards = 1) => durableObjects(env.KEEPER, { name, shards });
const job = (id: string, parts: Partial<NewJob> = {}): NewJob => ({
  id,
  name: "work",
  queue: "default",
  payload: "{}",
  headers: {},
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
  ...parts,
});
const jobs = (count: number, parts?: Partial<NewJob>): NewJob[] =>
  Array.from({ length: count }, (_, n) => job(`job-${String(n).padStart(6, "0")}`, parts));

/** So many dead letters, each of which has failed ten times with as much as the core lets through. */
async function bury(count: number, shards: number): Promise<void> {
  const store = keeper(shards);
  await store.enqueue(jobs(count));
  for (let left = count; left > 0;) {
    const claimed = await store.claim({ queues: [{ name: "default", limit: left }], leaseMs: 30_000 });
    const outcome = { type: "dead", failure: { message: "no" } } as const;
    await store.settle(claimed.map(({ id, token }) => ({ id, token, outcome })));
    left -= claimed.length;
  }
  const failures = JSON.stringify(
    Array.from({ length: 10 }, (_, n) => ({
      message: "m".repeat(200),
      stack: "s".repeat(3_896),
      attempt: n + 1,
      at: n,
    })),
  );
  for (let shard = 0; shard < shards; shard++) {
    await runInDurableObject(env.KEEPER.getByName(shard === 0 ? name : `${name}:${shard}`), (_, { storage }) => {
      storage.sql.exec("UPDATE longshore_jobs SET failures=?", failures);
    });
  }
}

test.for([1, 3])(
  "a list of 1 000 dead letters with ten long failures each comes in pages that a message holds, of %i shards",
  async (shards) => {
    await bury(1_000, shards);
    const found: StoredJob[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page: JobPage = await keeper(shards).list({ state: "dead", limit: 1_000, cursor });
      found.push(...page.jobs);
      cursor = page.cursor;
      pages++;
    } while (cursor !== undefined);
    expect(pages).toBeGreaterThan(1);
    expect(found.map(({ id }) => id)).toEqual(jobs(1_000).map(({ id }) => id));
  },
);

test("a prune answers what a message holds, and a tick prunes on until the bound holds", async () => {
  await bury(1_000, 1);
  time.now = () => Date.now() + 40 * 86_400_000;
  const gone = await keeper().prune(1_000);
  expect(gone.length).toBeGreaterThan(50);
  expect(gone.length).toBeLessThan(500);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  await createWorker(keeper(), { handlers: [], log }).tick();
  expect(await keeper().counts()).toEqual([]);
});

test("a batch holds no more than a message, however large it may be by its number", async () => {
  // A batch that breaks off comes again, when its lease is over.
  const errors: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (entry: unknown) => void errors.push(entry) };
  metering.options = { maxRunning: 100, batchSize: 100, log };
  const work = defineJob("work", { input: anyInput, keep: 0 });
  let ran = 0;
  crew.handlers = [handle(work, () => void ran++)];
  const payload = JSON.stringify({ n: 1, text: "x".repeat(899_000) });
  const adapter = durableObjects(env.METERED, crew.adapter);
  // Forty are 36 MB. They come in several calls, and all become due in one.
  await adapter.pause("default");
  await adapter.enqueue(jobs(40, { payload, headers: { v: "1" } }));
  await adapter.resume("default");
  await vi.waitUntil(() => ran === 40 || errors.length > 0, { interval: 5, timeout: 200_000 });
  expect(errors).toEqual([]);
});

test("many jobs are got whole, the largest there are", async () => {
  // One letter beyond Latin 1, and each of them takes two bytes on its way.
  const payload = JSON.stringify(`€${"x".repeat(899_000)}`);
  const store = keeper();
  await store.enqueue(jobs(20, { payload, keepMs: 60_000 }));
  for (let done = 0; done < 20;) {
    const claimed = await store.claim({ queues: [{ name: "default", limit: 20 }], leaseMs: 30_000 });
    await store.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete", result: payload } })));
    done += claimed.length;
  }
  const got = await store.get(jobs(20));
  expect(got.map((one) => [one?.payload.length, one?.result?.length])).toEqual(
    Array.from({ length: 20 }, () => [payload.length, payload.length]),
  );
});

test("all leases stand in a row of less than 2 MB, whatever their ids", async () => {
  const store = keeper();
  const long = (n: number): string => `${n}-`.padEnd(200, "x");
  for (let round = 0; round < 7; round++) {
    await store.enqueue(Array.from({ length: 1_000 }, (_, n) => job(long(round * 1_000 + n))));
  }
  let held = 0;
  for (let claimed = 1; claimed > 0;) {
    claimed = (await store.claim({ queues: [{ name: "default", limit: 700 }], leaseMs: 3_600_000 })).length;
    held += claimed;
  }
  expect(held).toBe(5_000);
  await runInDurableObject(env.KEEPER.getByName(name), (_, { storage }) => {
    const [row] = storage.sql.exec<{ n: number }>("SELECT max(length(value)) n FROM longshore_meta").toArray();
    expect(row?.n).toBeLessThan(2_000_000);
  });
});

test("ended jobs share rows of less than 200 KB, whatever their letters, and the ledger has as little", async () => {
  const store = keeper();
  const payload = JSON.stringify("€".repeat(1_700));
  await store.enqueue(jobs(1_000, { payload, keepMs: 60_000 }));
  for (let done = 0; done < 1_000;) {
    const claimed = await store.claim({ queues: [{ name: "default", limit: 1_000 }], leaseMs: 30_000 });
    await store.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
    done += claimed.length;
  }
  await runInDurableObject(env.KEEPER.getByName(name), (_, { storage }) => {
    const bytes = (columns: string, table: string) =>
      storage.sql.exec<{ n: number }>(`SELECT max(octet_length(${columns})) n FROM longshore_${table}`).one().n;
    expect(bytes("head||ids||jobs", "kept")).toBeLessThan(200_000);
    expect(bytes("value", "meta")).toBeLessThan(200_000);
    expect(storage.sql.exec<{ n: number }>("SELECT count(*) n FROM longshore_jobs").one().n).toBe(0);
  });
});

test("10 000 queues may be paused, with no row that grows", async () => {
  await runInDurableObject(env.KEEPER.getByName(name), (_, { storage }) => {
    const store = createStore(storage);
    storage.transactionSync(() => {
      for (let n = 0; n < 10_000; n++) store.pause(`queue-${n}`);
    });
    store.resume("queue-0");
    const [row] = storage.sql.exec<{ n: number }>("SELECT max(length(value)) n FROM longshore_meta").toArray();
    expect(row?.n).toBeLessThan(1_000);
    const paused = createStore(storage)
      .counts()
      .filter((queue) => queue.paused);
    expect(paused.length).toBe(9_999);
  });
});

test("150 000 queues with a job each are dispatched, and found again after an eviction", async () => {
  const QUEUES = 150_000;
  let ran = 0;
  await runInDurableObject(env.KEEPER.getByName(name), async (_, { storage }) => {
    const store = createStore(storage);
    for (let n = 0; n < QUEUES; n += 1_000) {
      store.enqueue(Array.from({ length: 1_000 }, (_job, i) => job(`job-${n + i}`, { queue: `queue-${n + i}` })));
    }
    // Another life of it, which reads what waits.
    const started = new Map();
    const autoStart = { maxRunning: 1_000, batch: 500, started };
    const again = storeOver(openState(databaseOf(storage), { autoStart, smallJobs: smallJobsOf({}) }));
    const queues = Array.from({ length: QUEUES }, (_queue, n) => `queue-${n}`);
    expect(again.dueInMs({ queues, schedules: [] })).toBe(0);
    for (let n = 0; n < 20; n++) {
      const claimed = again.claim({
        queues: queues.slice(n * 500, n * 500 + 500).map((queue) => ({ name: queue, limit: 1 })),
        leaseMs: 30_000,
      });
      ran += claimed.length;
      again.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
      again.enqueue([job(`more-${n}`, { queue: `queue-${n}` })]);
    }
  });
  expect(ran).toBe(10_000);
});

test("what is remembered as one value stands in rows of less than 2 MB each, and is read whole again", async () => {
  await runInDurableObject(env.KEEPER.getByName(name), (_, { storage }) => {
    let all: unknown = "x".repeat(4_000_000);
    let found: unknown;
    const open = () =>
      createStore(storage, {
        stats: {
          ...statistics(),
          fresh: () => 100,
          packAll: () => all,
          unpack: (packed) => {
            found = packed;
          },
        },
      });
    for (const length of [4_000_000, 1_500_000 - 2, 3_000_000 - 2, 10]) {
      all = "x".repeat(length);
      const store = open();
      store.enqueue([job("a")]);
      const [claimed] = store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
      store.settle([{ id: "a", token: claimed?.token ?? 0, outcome: { type: "complete" } }]);
      open().counts();
      expect(found === all, `${length} characters come back whole`).toBe(true);
      const [row] = storage.sql.exec<{ n: number }>("SELECT max(length(value)) n FROM longshore_meta").toArray();
      expect(row?.n).toBeLessThan(2_000_000);
    }
  });
});
