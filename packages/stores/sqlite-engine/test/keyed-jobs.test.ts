import type { NewJob, Unique } from "@longshore/core/adapter";
import { describe, expect, test } from "vitest";
import { DAY, chunks, complete, format, job, opened, request, rows } from "./opened.ts";
import { oneConnection } from "./subject.ts";

const keyed = (id: string, parts: Partial<NewJob> = {}, unique: Partial<Unique> = {}): NewJob =>
  job(id, { unique: { key: "k", on: "keep", ...unique }, ...parts });
const CREATED = { status: "created" };
const HELD = { status: "duplicate", state: "enqueued", id: "a" };

describe("a job with a unique key lives in the ledger", () => {
  test("and its key is held there, also after a restart, until it ends", () => {
    const database = oneConnection();
    const store = opened(database);
    expect(store.enqueue([keyed("a")])).toEqual([CREATED]);
    for (const one of [store, opened(database)]) {
      // One that finds its key held is not in the way of others.
      const other = keyed(`not ${one === store}`, {}, { key: `${one === store}` });
      expect(one.enqueue([keyed("b"), other])).toEqual([HELD, CREATED]);
    }
    const again = opened(database);
    expect(complete(again, 1)).toEqual(["a"]);
    expect(again.enqueue([keyed("c")])).toEqual([CREATED]);
    expect(rows(database)).toBe(0);
  });

  test("and so does the one that waits behind it, which has the key from its end on", () => {
    const database = oneConnection();
    const store = opened(database);
    const latest = (id: string) => keyed(id, {}, { on: "replace" });
    store.enqueue([latest("a")]);
    const [a] = store.claim(request(1));
    expect(store.enqueue([latest("b")])).toEqual([{ status: "queued_behind", id: "b" }]);
    const again = opened(database);
    expect(again.enqueue([latest("c")])).toEqual([{ status: "queued_behind", id: "b" }]);
    expect(rows(database)).toBe(0);
    again.settle([{ id: "a", token: a?.token ?? 0, outcome: { type: "complete" } }]);
    for (const one of [again, opened(database)]) {
      expect(one.enqueue([keyed("d")])).toEqual([{ ...HELD, id: "b" }]);
    }
    expect(complete(opened(database), 9)).toEqual(["b"]);
    expect(again.enqueue([keyed("e")])).toEqual([CREATED]);
  });

  test("or is a row, if there is no room: a key is looked up in both homes", () => {
    const database = oneConnection();
    const store = opened(database);
    store.enqueue([keyed("row", { due: { inMs: DAY } }, { key: "row" }), keyed("a")]);
    expect(rows(database)).toBe(1);
    const taken = [keyed("b"), keyed("c", {}, { key: "row" })];
    for (const one of [store, opened(database)]) {
      expect(one.enqueue(taken)).toEqual([HELD, { ...HELD, state: "delayed", id: "row" }]);
    }
    expect(store.release([{ key: "k" }, { key: "row" }])).toEqual(["released", "released"]);
    expect(store.enqueue(taken)).toEqual([CREATED, CREATED]);
  });

  test("and when it has ended, it shares a row, but not while its key is held on", () => {
    let now = 0;
    const database = oneConnection();
    const room = { open: 32_000, ended: 0, chunk: 32_000, kept: 1_000 };
    const store = opened(database, { clock: () => now }, room);
    store.enqueue([keyed("a", { keepMs: 2 * DAY }), keyed("b", { keepMs: 2 * DAY }, { key: "time", forMs: DAY })]);
    expect(rows(database)).toBe(0);
    complete(store, 2);
    expect([chunks(database), rows(database)]).toEqual([[1], 1]);
    const taken = [keyed("c"), keyed("d", {}, { key: "time" })];
    const again = opened(database, { clock: () => now }, room);
    expect(again.enqueue(taken)).toEqual([CREATED, { status: "duplicate", state: "completed", id: "b" }]);
    now = DAY;
    expect(again.enqueue(taken.slice(1))).toEqual([CREATED]);
    expect(again.get([{ id: "b" }])[0]?.state).toBe("completed");
  });

  test("until another comes after it, also by one that finds its key held", () => {
    const database = oneConnection();
    const store = opened(database);
    store.enqueue([keyed("a")]);
    const child = job("child", { after: { jobs: [{ id: "b" }], onFailed: "dead" } });
    expect(store.enqueue([keyed("b"), child])).toEqual([HELD, CREATED]);
    expect(complete(opened(database), 9)).toEqual(["a"]);
    expect(complete(opened(database), 9)).toEqual(["child"]);
  });
});

test("a call that throws gives keys in the ledger back as they were", () => {
  const database = oneConnection();
  const store = opened(database);
  store.enqueue([keyed("a")]);
  const broken = (): void =>
    database.transaction(() => {
      complete(store, 1);
      expect(store.enqueue([keyed("b"), keyed("c", {}, { key: "other" })])).toEqual([CREATED, CREATED]);
      throw new Error("no");
    });
  expect(broken).toThrow("no");
  for (const one of [store, opened(database)]) {
    expect(one.enqueue([keyed("d")])).toEqual([HELD]);
    expect(one.release([{ key: "other" }])).toEqual(["free"]);
  }
});

test("the format of the tables grows with the first key in the ledger, and not before: older code would not find it", () => {
  const database = oneConnection();
  const store = opened(database);
  store.enqueue([job("small"), keyed("later", { due: { inMs: DAY } }, { key: "other" })]);
  expect(format(database)).toBe("9");
  store.enqueue([keyed("a")]);
  expect(format(database)).toBe("11");
});
