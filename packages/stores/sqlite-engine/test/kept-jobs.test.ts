import type { NewJob } from "@longshore/core/adapter";
import { describe, expect, test } from "vitest";
import { type Database, type JobStore, openSmallJobs, openState, storeOver } from "../src/index.ts";
import { DAY, ROOM, chunks, complete, format, job, jobs, ledgerSize, opened, request, rows } from "./opened.ts";
import { oneConnection } from "./subject.ts";

const keptJob = (id: string, parts: Partial<NewJob> = {}): NewJob => job(id, { keepMs: DAY, ...parts });
const kept = (count: number, parts: Partial<NewJob> = {}): NewJob[] => jobs(count, { keepMs: DAY, ...parts });
const ids = (store: JobStore, limit = 100) => store.list({ limit }).jobs.map(({ id }) => id);
const states = (store: JobStore, ...of: readonly string[]) =>
  store.get(of.map((id) => ({ id }))).map((found) => found?.state);
/** A database of one connection, and the chunks whose jobs are read. */
function reading(): { readonly database: Database; readonly read: unknown[] } {
  const read: unknown[] = [];
  const database = oneConnection();
  const sql: Database["sql"] = (query, ...values) => {
    if (query.startsWith("SELECT jobs")) read.push(values[0]);
    return database.sql(query, ...values);
  };
  return { database: { ...database, sql }, read };
}
/** So many run at once, and end. */
function ended(database: Database, count: number, parts?: Partial<NewJob>): JobStore {
  const store = opened(database);
  store.enqueue(kept(count, parts));
  complete(store, count);
  return store;
}

describe("an ended job that is kept", () => {
  const failed = { type: "dead", failure: { message: "no" } } as const;
  const long = { type: "complete", result: JSON.stringify("x".repeat(2_000)) } as const;
  const homes = [
    ["is in the ledger", keptJob("a"), { type: "complete" }, 0],
    ["has a row if it is large", keptJob("a", { payload: JSON.stringify("x".repeat(2_000)) }), { type: "complete" }, 1],
    ["has a row if its result is large", keptJob("a"), long, 1],
    ["has a row if it is dead", keptJob("a"), failed, 1],
    ["has a row if it is kept for ever", keptJob("a", { keepMs: Infinity }), { type: "complete" }, 1],
    ["has a row if it has limits", keptJob("a", { limits: { key: "k", running: 1 } }), { type: "complete" }, 1],
  ] as const;
  test.for(homes)("%s", ([, one, outcome, count]) => {
    const database = oneConnection();
    const store = opened(database);
    store.enqueue([one]);
    const [claimed] = store.claim(request(1));
    const settlement = { id: "a", token: claimed?.token ?? 0, outcome };
    expect(store.settle([settlement])).toEqual(["accepted"]);
    expect([rows(database), chunks(database)]).toEqual([count, []]);
    expect(opened(database).settle([settlement])).toEqual(["repeated"]);
    expect(opened(database).enqueue([one])[0]?.status).toBe("duplicate");
  });

  test("moves into a chunk with others once they are many, and the ledger and each chunk have a bound", () => {
    const database = oneConnection();
    const store = opened(database);
    for (let round = 0; round < 30; round++) {
      store.enqueue(Array.from({ length: 10 }, (_, n) => keptJob(`job-${round}-${n}`)));
      complete(store, 10);
      expect(ledgerSize(database)).toBeLessThan(ROOM.ended + 300);
    }
    expect(rows(database)).toBe(0);
    expect(chunks(database).length).toBeGreaterThan(2);
    expect(Math.min(...chunks(database))).toBeGreaterThan(30);
    expect(ids(opened(database), 1_000).length).toBe(300);
    // A thousand that end in one call, as large as they may be.
    const text = JSON.stringify("x".repeat(1_700));
    store.enqueue(kept(1_000, { payload: text }));
    complete(store, 1_000);
    const [longest] = database.sql<{ n: number }>(
      "SELECT max(length(head)+length(ids)+length(jobs)) n FROM longshore_kept",
    );
    expect(longest?.n).toBeLessThan(ROOM.chunk + 2_000);
    expect(ledgerSize(database)).toBeLessThan(ROOM.ended + 300);
    expect(store.counts()[0]?.counts).toEqual({ completed: 1_300 });
  });

  test("has a row once there are as many in chunks as may be", () => {
    const database = oneConnection();
    const store = opened(database, {}, { open: 32_000, ended: 0, chunk: 700, kept: 5 });
    for (let n = 0; n < 8; n++) {
      store.enqueue([keptJob(`job-${n}`)]);
      complete(store, 1);
    }
    expect([chunks(database).length, rows(database)]).toEqual([5, 3]);
    expect(ids(store)).toEqual(Array.from({ length: 8 }, (_, n) => `job-${n}`));
  });

  test("shares a chunk with those of its keep only, and the chunk goes in one step when all may", () => {
    let now = 0;
    const database = oneConnection();
    const store = opened(database, { clock: () => now });
    store.enqueue([...kept(40), ...jobs(80, { keepMs: 2 * DAY }).slice(40)]);
    complete(store, 80);
    expect(chunks(database)).toEqual([40, 40]);
    now = DAY;
    expect(ids(store)).toEqual(
      jobs(80)
        .slice(40)
        .map(({ id }) => id),
    );
    expect(store.counts()[0]?.counts).toEqual({ completed: 40 });
    store.prune(1);
    expect(chunks(database)).toEqual([40]);
    now = 2 * DAY;
    store.prune(1);
    expect([ids(store), store.counts(), chunks(database)]).toEqual([[], [], []]);
  });

  test("is not shown after its own time, though others of its chunk are", () => {
    let now = 0;
    const database = oneConnection();
    const store = opened(database, { clock: () => now });
    for (; now < 99; now++) {
      store.enqueue([keptJob(`job-${String(now).padStart(2, "0")}`)]);
      complete(store, 1);
    }
    const [first = 0] = chunks(database);
    expect(first).toBeGreaterThan(20);
    now = DAY + 9;
    for (const one of [store, opened(database, { clock: () => now })]) {
      expect(states(one, "job-09", "job-10")).toEqual([undefined, "completed"]);
      expect(ids(one, 1)).toEqual(["job-10"]);
      expect(one.counts()[0]?.counts).toEqual({ completed: 89 });
    }
  });

  test("is dropped early, the oldest first, where the database is full", () => {
    const database = oneConnection();
    const store = ended(database, 1_000);
    const full = opened({ ...database, size: () => 2 }, { maxBytes: 1 });
    full.prune(1);
    const left = ids(store, 1_000).length;
    expect(left).toBeGreaterThan(300);
    expect(left).toBeLessThan(500);
    expect(states(opened(database), "job-0000", "job-0999")).toEqual([undefined, "completed"]);
  });
});

describe("a job in a chunk", () => {
  test("is removed by a change of its chunk, written once for all of a call, and the others stay", () => {
    const database = oneConnection();
    const store = ended(database, 100);
    const before = database.sql<{ n: number }>("SELECT total_changes() n")[0]?.n ?? 0;
    const removed = ["job-0007", "job-0000", "job-0003"].map((id) => ({ id }));
    expect(store.remove(removed)).toEqual(removed.map(() => ({ status: "done" })));
    // The chunk, and the ledger.
    expect((database.sql<{ n: number }>("SELECT total_changes() n")[0]?.n ?? 0) - before).toBe(2);
    for (const one of [store, opened(database)]) {
      expect(states(one, "job-0000", "job-0001", "job-0007")).toEqual([undefined, "completed", undefined]);
      expect(one.remove(removed)).toEqual(removed.map(() => ({ status: "gone" })));
      expect(one.counts()[0]?.counts).toEqual({ completed: 97 });
    }
    store.remove(kept(100).map(({ id }) => ({ id })));
    expect([chunks(database), opened(database).counts()]).toEqual([[], []]);
  });

  test("is gone for the next call of a group that removes it, before anything is written", () => {
    const database = oneConnection();
    ended(database, 100);
    const state = openState(database, { smallJobs: openSmallJobs(ROOM) });
    const store = storeOver(state);
    state.atomic.group(() => {
      store.remove([{ id: "job-0001" }, { id: "job-0002" }]);
      expect(states(store, "job-0000", "job-0001")).toEqual(["completed", undefined]);
      expect(store.counts()[0]?.counts).toEqual({ completed: 98 });
      expect(ids(store, 2)).toEqual(["job-0000", "job-0003"]);
    });
  });

  test("is refused to whoever would cancel or change it, and a cancelled one is replayed", () => {
    const database = oneConnection();
    const store = opened(database);
    store.enqueue(kept(100));
    store.cancel(kept(100).map(({ id }) => ({ id })));
    expect(chunks(database).length).toBeGreaterThan(0);
    const refused = [{ status: "refused", state: "cancelled" }];
    expect(store.cancel([{ id: "job-0001" }])).toEqual(refused);
    expect(store.update([{ id: "job-0001", name: "work", priority: 1 }])).toEqual(refused);
    expect(store.replay([{ id: "job-0001" }])).toEqual([{ status: "done" }]);
    expect(opened(database).counts()[0]?.counts).toEqual({ cancelled: 99, enqueued: 1 });
    expect(complete(opened(database), 9)).toEqual(["job-0001"]);
    expect(states(opened(database), "job-0001")).toEqual(["completed"]);
  });

  test("that comes anew after its time is another one: no sweep, list or restart finds the first", () => {
    let now = 0;
    const clock = () => now;
    const database = oneConnection();
    const store = opened(database, { clock });
    store.enqueue(kept(100));
    complete(store, 100);
    now = DAY;
    const large = JSON.stringify("x".repeat(2_000));
    expect(store.enqueue([job("job-0001"), job("job-0002", { payload: large })])).toEqual([
      { status: "created" },
      { status: "created" },
    ]);
    expect(chunks(database)).toEqual([98]);
    for (const one of [store, opened(database, { clock })]) {
      expect(ids(one)).toEqual(["job-0001", "job-0002"]);
      expect(one.counts()[0]?.counts).toEqual({ enqueued: 2 });
    }
    store.prune(1);
    expect(complete(opened(database, { clock }), 9)).toEqual(["job-0001", "job-0002"]);
    // The clock is set back, and the first lives do not come back.
    now = 1;
    expect(states(opened(database, { clock }), "job-0001", "job-0002")).toEqual([undefined, undefined]);
  });

  test("may be a parent: it gets a row, which SQL looks for", () => {
    const database = oneConnection();
    const store = ended(database, 100);
    const child = job("child", { after: { jobs: [{ id: "job-0005" }], onFailed: "dead" } as never });
    expect(store.enqueue([child])).toEqual([{ status: "created" }]);
    expect([chunks(database), rows(database)]).toEqual([[99], 2]);
    expect(complete(opened(database), 1)).toEqual(["child"]);
  });

  test("is found by reading one chunk, a page by reading those that may hold its ids, and counts by reading none", () => {
    const { database, read } = reading();
    const store = opened(database);
    for (let round = 0; round < 10; round++) {
      store.enqueue(jobs((round + 1) * 100, { keepMs: DAY }).slice(round * 100));
      complete(store, 100);
    }
    const readBy = (work: (store: JobStore) => unknown): number => {
      const one = opened(database);
      one.counts();
      read.length = 0;
      work(one);
      return read.length;
    };
    expect(chunks(database).length).toBe(10);
    expect(readBy((one) => one.counts())).toBe(0);
    expect(readBy((one) => one.get([{ id: "job-0500" }, { id: "job-0501" }]))).toBe(1);
    expect(readBy((one) => one.get([{ id: "nobody" }]))).toBe(0);
    expect(readBy((one) => one.list({ limit: 20 }))).toBe(1);
    expect(readBy((one) => one.list({ limit: 20, descending: true }))).toBe(1);
    expect(readBy((one) => one.list({ limit: 20, cursor: "job-0550" }))).toBe(1);
    expect(readBy((one) => one.list({ limit: 20, state: "dead" }))).toBe(0);
    expect(readBy((one) => one.list({ limit: 20, queue: "other" }))).toBe(0);
  });
});

describe("the format of the tables", () => {
  test("grows with the first job that is kept without a row, and not before", () => {
    const database = oneConnection();
    const store = opened(database);
    store.enqueue([job("gone"), keptJob("kept")]);
    expect(format(database)).toBe("9");
    complete(store, 1);
    expect(format(database)).toBe("9");
    complete(store, 1);
    expect(format(database)).toBe("10");
  });

  test("of before is read as it is: kept rows stand until their time is over, beside those in chunks", () => {
    let now = 0;
    const clock = () => now;
    const database = oneConnection();
    const before = storeOver(openState(database, { clock }));
    before.enqueue(kept(3));
    complete(before, 3);
    // The ledger had no sixth part.
    database.sql("UPDATE longshore_meta SET value=json_remove(value,'$[5]') WHERE id='leases'");
    const store = opened(database, { clock });
    expect(store.enqueue([keptJob("job-0001")])).toEqual([{ status: "duplicate", state: "completed" }]);
    store.enqueue(kept(100));
    complete(store, 100);
    expect([rows(database), chunks(database)]).toEqual([3, [97]]);
    expect(ids(opened(database, { clock }))).toEqual(kept(100).map(({ id }) => id));
    now = DAY;
    store.prune(1);
    expect([rows(database), chunks(database)]).toEqual([0, []]);
  });
});

test("a store without chunks is refused where there are some, and loses none", () => {
  const database = oneConnection();
  const store = ended(database, 100);
  const file = storeOver(openState(database, {}));
  expect(() => file.enqueue([job("b")])).toThrow(expect.objectContaining({ code: "invalid_option" }));
  store.remove(kept(100).map(({ id }) => ({ id })));
  expect(file.enqueue([job("b")])).toEqual([{ status: "created" }]);
});

test("a call that throws takes its changes of chunks back", () => {
  const database = oneConnection();
  const store = ended(database, 100);
  expect(() =>
    database.transaction(() => {
      store.remove([{ id: "job-0001" }]);
      store.enqueue(jobs(250, { keepMs: DAY }).slice(100));
      complete(store, 200);
      throw new Error("no");
    }),
  ).toThrow("no");
  expect([chunks(database), ids(store)]).toEqual([[100], kept(100).map(({ id }) => id)]);
});
