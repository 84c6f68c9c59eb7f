import { DatabaseSync } from "node:sqlite";
import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Sqlite, sqlite } from "../src/index.ts";

const confirm = defineJob("confirm", { input: z.object({ order: z.number() }), id: ({ order }) => `confirm:${order}` });

let db: DatabaseSync;
let jobs: Sqlite;
let woken: number;

beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE orders(id)");
  jobs = sqlite(db);
  woken = 0;
  jobs.onWake(() => void woken++);
});
afterEach(async () => {
  await jobs.close();
  db.close();
});

const place = async (order: number): Promise<void> => {
  db.prepare("INSERT INTO orders VALUES(?)").run(order);
  await createQueue(jobs.within(db)).enqueue(confirm, { order });
};
const ids = async (): Promise<readonly string[]> => (await jobs.list({ limit: 10 })).jobs.map(({ id }) => id);
const claim = () => jobs.claim({ queues: [{ name: "default", limit: 10 }], leaseMs: 30_000 });

describe("a job enqueued in the user's transaction", () => {
  test("is there after its commit, and wakes the workers then", async () => {
    const heard = new Promise<void>((resolve) => jobs.onWake(resolve));
    db.exec("BEGIN");
    await place(1);
    expect(woken).toBe(0);
    db.exec("COMMIT");
    await heard;
    expect((await claim()).map(({ id }) => id)).toEqual(["confirm:1"]);
  });

  test("never was after its rollback: its id is free, and nothing claims it", async () => {
    db.exec("BEGIN");
    await place(1);
    db.exec("ROLLBACK");
    expect([await ids(), await claim(), await jobs.counts()]).toEqual([[], [], []]);
    expect(await jobs.dueInMs({ queues: ["default"], schedules: [] })).toBe(undefined);
    db.exec("BEGIN");
    await place(1);
    db.exec("COMMIT");
    expect((await claim()).map(({ attempt }) => attempt)).toEqual([1]);
  });

  test("of one that was rolled back leaves nothing in the next, which begins at once", async () => {
    db.exec("BEGIN");
    await place(1);
    db.exec("ROLLBACK");
    db.exec("BEGIN");
    await place(1);
    db.exec("COMMIT");
    expect(await ids()).toEqual(["confirm:1"]);
    expect((await claim()).length).toBe(1);
  });

  test("is gone where a part of the transaction is rolled back, and one enqueued afterwards stays", async () => {
    db.exec("BEGIN; SAVEPOINT part");
    await place(1);
    db.exec("ROLLBACK TO part");
    await place(2);
    db.exec("COMMIT");
    expect((await claim()).map(({ id }) => id)).toEqual(["confirm:2"]);
  });

  test("that fails leaves the user's transaction as it was", async () => {
    db.exec("BEGIN");
    db.exec("INSERT INTO orders VALUES(7)");
    const broken = { id: "broken", due: undefined };
    await expect(jobs.within(db).enqueue([broken as never])).rejects.toThrow(TypeError);
    db.exec("COMMIT");
    expect(db.prepare("SELECT id FROM orders").all()).toEqual([{ id: 7 }]);
    expect(await ids()).toEqual([]);
  });
});

describe("while a transaction is open on the handle", () => {
  test("the store's other calls wait for its end, so that none is rolled back with it", async () => {
    await createQueue(jobs).enqueue(confirm, { order: 1 });
    db.exec("BEGIN");
    let claimed = 0;
    const claiming = claim().then((answer) => {
      claimed = answer.length;
    });
    await place(2);
    expect(claimed).toBe(0);
    db.exec("ROLLBACK");
    await claiming;
    expect([claimed, await ids()]).toEqual([1, ["confirm:1"]]);
  });

  test("a worker runs no job of it before its commit", async () => {
    const ran: number[] = [];
    const open: boolean[] = [];
    const worker = createWorker(jobs, {
      handlers: [
        handle(confirm, ({ order }) => {
          ran.push(order);
          open.push(db.isTransaction);
        }),
      ],
    });
    worker.start();
    for (let order = 1; order <= 20; order++) {
      db.exec("BEGIN");
      await place(order);
      db.exec(order % 2 === 0 ? "COMMIT" : "ROLLBACK");
    }
    await worker.stop();
    await createWorker(jobs, { handlers: [handle(confirm, ({ order }) => void ran.push(order))] }).drain();
    expect(ran.sort((a, b) => a - b)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    expect(open.every((one) => !one)).toBe(true);
  });
});

describe("a job completed in the user's transaction", () => {
  const pay = defineJob("pay", {
    input: z.object({ order: z.number() }),
    id: ({ order }) => `pay:${order}`,
    output: z.string(),
    retry: fixed({ attempts: 2, delay: 0 }),
  });
  const silent = { debug() {}, info() {}, warn() {}, error() {} };

  test("is completed once with its commit, and left to the worker by its rollback", async () => {
    const runs: string[] = [];
    const handler = handle(pay, async ({ order }, context) => {
      runs.push(`${order} ${context.attempt}`);
      context.enqueue(confirm.with({ order }));
      db.exec("BEGIN IMMEDIATE");
      try {
        db.prepare("INSERT INTO orders VALUES(?)").run(order);
        await jobs.within(db).complete(context, "paid");
        if (order === 2 && context.attempt === 1) throw new Error("the card is refused");
        db.exec("COMMIT");
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
      if (order === 3) throw new Error("after the commit");
      return "";
    });
    const worker = createWorker(jobs, {
      handlers: [handler, handle(confirm, () => {})],
      queues: { default: 1 },
      log: silent,
    });
    for (const order of [1, 2, 3]) await createQueue(jobs).enqueue(pay, { order });
    await worker.drain();
    expect(runs.sort()).toEqual(["1 1", "2 1", "2 2", "3 1"]);
    const all = (await jobs.list({ limit: 10 })).jobs;
    expect(all.map(({ state }) => state)).toEqual(Array(6).fill("completed"));
    expect(all.flatMap(({ result }) => result ?? [])).toEqual(Array(3).fill('"paid"'));
    expect(db.prepare("SELECT id FROM orders ORDER BY id").all()).toEqual([1, 2, 3].map((id) => ({ id })));
  });
});

test("within() without a transaction, or with another handle, is refused", async () => {
  const other = new DatabaseSync(":memory:");
  expect(() => jobs.within(other)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  await expect(jobs.within(db).enqueue([])).rejects.toMatchObject({ code: "invalid_option" });
  other.close();
});
