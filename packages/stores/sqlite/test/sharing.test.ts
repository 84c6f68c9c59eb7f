import { DatabaseSync } from "node:sqlite";
import { createQueue, defineJob } from "@longshore/core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Sqlite, sqlite } from "../src/index.ts";
import { tempFolder } from "./files.ts";

// What two connections to one file do beside each other. Whole histories: histories.test.ts. Processes: processes.test.ts.
const { path, remove } = tempFolder();
afterAll(remove);

const task = defineJob("task", { input: z.object({ n: z.number() }), id: ({ n }) => `task:${n}`, keep: "1d" });
let files = 0;
let file: string;
let one: Sqlite;
let two: Sqlite;
beforeEach(() => {
  file = path(`shared-${++files}.db`);
  one = sqlite(file, { synchronous: "normal" });
  two = sqlite(file, { synchronous: "normal" });
});
afterEach(async () => {
  await one.close();
  await two.close();
});
const claim = (store: Sqlite, limit = 10) => store.claim({ queues: [{ name: "default", limit }], leaseMs: 30_000 });

test("a listener hears of what another connection has enqueued, and of nothing once it is removed", async () => {
  let heard = 0;
  let removeListener = (): void => {};
  await new Promise<void>((resolve) => {
    removeListener = two.onWake(() => {
      heard++;
      resolve();
    });
    void createQueue(one).enqueue(task, { n: 1 });
  });
  removeListener();
  const before = heard;
  const other = sqlite(file);
  const stillLooking = new Promise<void>((resolve) => void other.onWake(resolve));
  await createQueue(one).enqueue(task, { n: 2 });
  await stillLooking;
  await other.close();
  expect(heard).toBe(before);
});

test("jobs of several connections run in the order in which they were enqueued, within a millisecond as well", async () => {
  const now = Date.now();
  const queues = [one, two].map((store) => createQueue(store));
  for (let n = 0; n < 400; n++) await queues[n % 2]?.enqueue(task, { n }, { runAt: now });
  const order = (await claim(one, 400)).map(({ id }) => id);
  expect(order).toEqual(Array.from({ length: 400 }, (_, n) => `task:${n}`));
});

test("tokens of several connections are one sequence", async () => {
  await createQueue(one).enqueueMany([1, 2, 3, 4].map((n) => task.with({ n })));
  const tokens: number[] = [];
  for (const store of [one, two, one, two]) tokens.push(...(await claim(store, 1)).map(({ token }) => token));
  expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  expect(new Set(tokens).size).toBe(4);
});

describe("while a connection is in a transaction", () => {
  test("the calls of others wait for its end without blocking the process, and then see it", async () => {
    const db = new DatabaseSync(file);
    const third = sqlite(db);
    db.exec("BEGIN IMMEDIATE");
    await createQueue(third.within(db)).enqueue(task, { n: 1 });
    const claimed = claim(two);
    // The process goes on: else this would never come to pass, and the claim would fail.
    await new Promise((resolve) => setImmediate(resolve));
    db.exec("COMMIT");
    expect((await claimed).map(({ id }) => id)).toEqual(["task:1"]);
    await third.close();
    db.close();
  });

  test("that is rolled back, nothing of it is seen, and its job can be enqueued again", async () => {
    const db = new DatabaseSync(file);
    const third = sqlite(db);
    db.exec("BEGIN IMMEDIATE");
    await createQueue(third.within(db)).enqueue(task, { n: 1 });
    const counted = two.counts();
    db.exec("ROLLBACK");
    expect(await counted).toEqual([]);
    await createQueue(two).enqueue(task, { n: 1 });
    expect((await claim(third)).map(({ id, attempt }) => [id, attempt])).toEqual([["task:1", 1]]);
    await third.close();
    db.close();
  });
});

test("tables that a newer version makes while this one runs are refused from then on, and left alone", async () => {
  const db = new DatabaseSync(file);
  db.exec("UPDATE longshore_meta SET value='99' WHERE id='format'");
  await expect(createQueue(one).enqueue(task, { n: 1 })).rejects.toMatchObject({ code: "invalid_option" });
  await expect(claim(two)).rejects.toMatchObject({ code: "invalid_option" });
  expect(db.prepare("SELECT count(*) n FROM longshore_jobs").get()).toEqual({ n: 0 });
  db.close();
});
