import type { NewJob } from "@longshore/core/adapter";
import { describe, expect, test } from "vitest";
import { openState, storeOver } from "../src/index.ts";
import { DAY, ROOM, complete, format, job, jobs, ledgerSize, opened, request, rows } from "./opened.ts";
import { oneConnection } from "./subject.ts";

describe("a job lives in the ledger", () => {
  const homes: readonly (readonly [what: string, job: NewJob, rows: number])[] = [
    ["if it is small and due soon", job("a", { due: { inMs: 1_000 } }), 0],
    ["but not if it is large", job("a", { payload: JSON.stringify("x".repeat(2_000)) }), 1],
    ["also if it has a unique key", job("a", { unique: { key: "k", on: "keep" } }), 0],
    ["but not if it has limits", job("a", { limits: { key: "k", running: 1 } }), 1],
    ["but not if it is due in a day", job("a", { due: { inMs: DAY } }), 1],
  ];
  test.for(homes)("%s", ([, one, count]) => {
    const database = oneConnection();
    expect(opened(database).enqueue([one])).toEqual([{ status: "created" }]);
    expect(rows(database)).toBe(count);
  });

  test("until another comes after it, which SQL looks for", () => {
    const database = oneConnection();
    const store = opened(database);
    store.enqueue([job("parent")]);
    const [parent] = store.claim(request(1));
    const child = job("child", { after: { jobs: [{ id: "parent" }], onFailed: "dead" } as never });
    expect(store.enqueue([child])).toEqual([{ status: "created" }]);
    expect(rows(database)).toBe(2);
    store.settle([{ id: "parent", token: parent?.token ?? 0, outcome: { type: "complete" } }]);
    expect(complete(store, 1)).toEqual(["child"]);
  });
});

test("claims have the order of enqueue over both homes, and the ledger has a bound however many wait", () => {
  const database = oneConnection();
  const store = opened(database);
  for (const one of jobs(500)) store.enqueue([one]);
  expect(rows(database)).toBeGreaterThan(300);
  expect(rows(database)).toBeLessThan(500);
  expect(ledgerSize(database)).toBeLessThan(ROOM.open / 2 + 1_000);
  const order: string[] = [];
  // Those that come in between find room in the ledger, behind those that have rows.
  for (let n = 500; order.length < 600; n++) {
    if (n < 600) store.enqueue([job(`job-0${n}`)]);
    order.push(...complete(store, 3));
  }
  expect(order).toEqual(Array.from({ length: 600 }, (_, n) => `job-${String(n).padStart(4, "0")}`));
  expect([rows(database), ledgerSize(database) < 100]).toEqual([0, true]);
});

test("jobs that start find room beside those that wait, and the ledger has a bound however many start", () => {
  const database = oneConnection();
  const started = new Map();
  const autoStart = { maxRunning: 1_000, batch: 10, started };
  const store = opened(database, { autoStart });
  store.pause("paused");
  store.enqueue(jobs(200, { queue: "paused" }));
  const waiting = Number(rows(database));
  expect(waiting).toBeGreaterThan(0);
  store.enqueue([job("starts")]);
  expect([started.size, rows(database)]).toEqual([1, waiting]);
  store.enqueue(Array.from({ length: 500 }, (_, n) => job(`starts-${n}`)));
  expect(started.size).toBe(501);
  // The leases, of which each has less than a hundred characters, are in no bound of small jobs.
  expect(ledgerSize(database)).toBeLessThan(ROOM.open + 501 * 100);
  expect(Number(rows(database))).toBeGreaterThan(waiting + 300);
});

test("an id that lives again in the ledger is not that of the row whose time is over: no sweep and no list finds two", () => {
  let now = 0;
  const database = oneConnection();
  const store = opened(database, { clock: () => now });
  store.enqueue([job("a", { keepMs: DAY })]);
  complete(store, 1);
  now = 2 * DAY;
  expect(store.enqueue([job("a")])).toEqual([{ status: "created" }]);
  store.prune(100);
  expect(store.list({ limit: 9 }).jobs.map(({ id, state }) => [id, state])).toEqual([["a", "enqueued"]]);
  expect(store.counts()).toEqual([{ queue: "default", paused: false, counts: { enqueued: 1 } }]);
  expect(complete(opened(database, { clock: () => now }), 1)).toEqual(["a"]);
});

describe("the format of the tables", () => {
  test("grows with the first job in the ledger, and not before: code that does not look there is refused", () => {
    const database = oneConnection();
    const store = opened(database);
    store.pause("default");
    store.enqueue([job("large", { payload: JSON.stringify("x".repeat(2_000)) })]);
    expect(format(database)).toBe("1");
    store.enqueue([job("small")]);
    expect(format(database)).toBe("9");
  });

  test("of before is read as it is: rows and leases stand, and go on with the jobs in the ledger", () => {
    const database = oneConnection();
    const before = storeOver(openState(database, {}));
    before.enqueue(jobs(4));
    const held = before.claim(request(2));
    // The ledger had no fifth and sixth part.
    database.sql("UPDATE longshore_meta SET value=json_remove(value,'$[5]','$[4]') WHERE id='leases'");
    const store = opened(database);
    expect(store.counts()).toEqual([{ queue: "default", paused: false, counts: { active: 2, enqueued: 2 } }]);
    store.enqueue([job("new")]);
    const again = held.map(({ id, token }) => ({ id, token, outcome: { type: "snooze", delayMs: 0 } }) as const);
    expect(store.settle(again)).toEqual(["accepted", "accepted"]);
    expect(rows(database)).toBe(2);
    expect(complete(opened(database), 9).toSorted()).toEqual([...jobs(4).map(({ id }) => id), "new"]);
    expect(rows(database)).toBe(0);
  });
});

test("a store without a ledger of jobs is refused where there are some, and loses none", () => {
  const database = oneConnection();
  const store = opened(database);
  store.enqueue([job("a")]);
  const file = storeOver(openState(database, {}));
  for (let tries = 0; tries < 2; tries++) {
    expect(() => file.enqueue([job("b")])).toThrow(expect.objectContaining({ code: "invalid_option" }));
  }
  expect(complete(opened(database), 9)).toEqual(["a"]);
  expect(file.enqueue([job("b")])).toEqual([{ status: "created" }]);
});

test("a call that throws takes the jobs in the ledger back with all else", () => {
  const database = oneConnection();
  const store = opened(database);
  store.enqueue([job("a")]);
  expect(() => store.enqueue([job("b"), { ...job("c"), due: undefined as never }])).toThrow(TypeError);
  expect(() =>
    database.transaction(() => {
      store.enqueue([job("d")]);
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(store.list({ limit: 9 }).jobs.map(({ id }) => id)).toEqual(["a"]);
});
