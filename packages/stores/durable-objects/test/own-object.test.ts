import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Schema, createQueue, defineJob } from "@longshore/core";
import type { NewJob } from "@longshore/core/adapter";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createStore, durableObjects, prepareJobs } from "../src/index.ts";
import { confirm, confirmed } from "./orders.ts";

type Answer = ReturnType<Schema<string>["~standard"]["validate"]>;
const schema = (validate: (text: string) => Answer): Schema<string> => ({
  "~standard": { version: 1, vendor: "test", validate: (value) => validate(String(value)) },
});

let shops = 0;
const shop = () => env.ORDERS.getByName(`shop-${shops}`);
const jobs = () => createQueue(durableObjects(env.ORDERS, { name: `shop-${shops}` }));
const until = (condition: () => unknown) => vi.waitUntil(condition, { interval: 1, timeout: 200_000 });

beforeEach(() => {
  shops++;
  confirmed.length = 0;
});

describe("an object of one's own", () => {
  test("stores its row and enqueues a job in one transaction, and runs the job", async () => {
    await shop().place("order-1");
    expect(await shop().orders()).toEqual(["order-1"]);
    await until(() => confirmed.length === 1);
    expect(confirmed).toEqual(["order-1"]);
  });

  test("takes back both by a throw, and runs nothing", async () => {
    expect(await shop().place("order-1", "after the enqueue")).toBe("rolled back");
    expect(await shop().orders()).toEqual([]);
    expect(await jobs().counts()).toEqual([]);
    expect(confirmed).toEqual([]);
    // What was memory's alone is gone as well: the id is free, and its job runs once.
    await shop().place("order-1");
    await until(async () => (await jobs().get("confirm:order-1"))?.state === "completed");
    expect(confirmed).toEqual(["order-1"]);
  });

  test("takes back an enqueue also where it goes on in the same turn", async () => {
    expect(await shop().place("order-1", "and is placed again at once")).toBe("placed");
    await until(() => confirmed.length === 1);
    expect(confirmed).toEqual(["order-1"]);
    await until(async () => (await jobs().get("confirm:order-1"))?.state === "completed");
    expect(await jobs().counts()).toEqual([{ queue: "default", paused: false, counts: { completed: 1 } }]);
  });

  test("takes back a cancelled job, which then runs", async () => {
    await shop().place("order-1", "only to be confirmed tomorrow");
    expect(await shop().withdraw("order-1", "but thinks better of it")).toBe("rolled back");
    expect(await jobs().get("confirm:order-1")).toMatchObject({ state: "delayed" });
    expect(await shop().withdraw("order-1")).toBe("withdrawn");
    expect(await jobs().get("confirm:order-1")).toMatchObject({ state: "cancelled" });
  });

  test.for(["and commits", "and rolls back"] as const)(
    "is refused the jobs in an asynchronous transaction, which ends when their turn is long over (%s)",
    async (how) => {
      expect(await shop().placeLater("order-1", how)).toContain("transactionSync");
      expect(await shop().orders()).toEqual([]);
      expect(await jobs().counts()).toEqual([]);
      expect(await runInDurableObject(shop(), (_, { storage }) => storage.getAlarm())).toBe(null);
      // What comes afterwards is as if it had not been.
      await shop().place("order-1");
      await until(() => confirmed.length === 1);
      expect(await shop().orders()).toEqual(["order-1"]);
    },
  );

  test("shares its alarm with its jobs", async () => {
    await shop().closeIn(60_000);
    const own = await runInDurableObject(shop(), (_, { storage }) => storage.getAlarm());
    expect(own).toBeGreaterThan(Date.now() + 50_000);
    await shop().place("order-1");
    await until(() => confirmed.length === 1);
    expect(await runInDurableObject(shop(), (_, { storage }) => storage.getAlarm())).toBeLessThan(Number(own));
    await shop().closeIn(-1);
    await runDurableObjectAlarm(shop());
    expect(await shop().isClosed()).toBe(true);
  });

  test("is refused what does not fit before its transaction begins", async () => {
    const wrong = prepareJobs([confirm.with({ order: 7 } as never)]);
    await expect(wrong).rejects.toMatchObject({ code: "invalid_payload" });
    // A refusal in time beside one at once: the batch is refused whole, and no promise is left behind.
    const slow = defineJob("slow", { input: schema(async () => ({ issues: [{ message: "in time" }] })) });
    const mixed = prepareJobs([slow.with("a"), confirm.with({ order: 7 } as never), slow.with("b")]);
    await expect(mixed).rejects.toMatchObject({ code: "invalid_payload" });
    const many = prepareJobs(Array.from({ length: 1_001 }, () => confirm.with({ order: "a" })));
    await expect(many).rejects.toMatchObject({ code: "batch_too_large" });
  });

  test("gets jobs that carry what the schema made, and by which a worker knows it", async () => {
    const input = schema((text) => ({ value: text.trim() }));
    const trimmed = defineJob("trimmed", { input, version: "2", id: (text) => `to:${text}` });
    expect(await prepareJobs([trimmed.with(" ann ")])).toMatchObject([
      { id: "to:ann", payload: '"ann"', headers: { v: "1", s: "2" } },
    ]);
  });
});

describe("a store without dispatch", () => {
  const job = (id: string): NewJob => ({
    id,
    name: "work",
    queue: "default",
    payload: "{}",
    headers: {},
    priority: 5,
    due: { inMs: 0 },
    keepMs: 0,
  });
  const claim = { queues: [{ name: "default", limit: 10 }], leaseMs: 30_000 };

  test("forgets what a transaction around it took back, whatever it was", async () => {
    await runInDurableObject(env.KEEPER.getByName("rollbacks"), (_, { storage }) => {
      const store = createStore(storage);
      const undone = (work: () => unknown): void => {
        const before = JSON.stringify([store.list({ limit: 10 }), store.counts()]);
        const undo = (): void =>
          storage.transactionSync(() => {
            work();
            throw new Error("undone");
          });
        expect(undo).toThrow("undone");
        expect(JSON.stringify([store.list({ limit: 10 }), store.counts()])).toBe(before);
      };
      const complete = (id: string, token: number) => ({ id, token, outcome: { type: "complete" as const } });

      undone(() => store.enqueue([job("a")]));
      store.enqueue([job("a"), job("b")]);
      undone(() => store.claim(claim));
      undone(() => store.remove([{ id: "a" }]));
      const [a, b] = store.claim(claim);
      expect([a?.id, b?.id]).toEqual(["a", "b"]);
      undone(() => store.settle([complete("a", a?.token ?? 0)]));
      undone(() => store.cancel([{ id: "a" }, { id: "b" }]));
      undone(() => store.renew([{ id: "a", token: a?.token ?? 0 }], 600_000));
      undone(() => {
        store.settle([complete("a", a?.token ?? 0)]);
        // Whoever is inside the transaction sees what it did.
        expect(store.get([{ id: "a" }])).toEqual([undefined]);
        undone(() => store.enqueue([job("c")]));
        expect(store.get([{ id: "a" }, { id: "c" }])).toEqual([undefined, undefined]);
      });
      undone(() => store.pause("default"));
      undone(() => store.declare([{ name: "report", rule: "every 1h" }]));
      expect(store.settle([complete("a", a?.token ?? 0), complete("b", b?.token ?? 0)])).toEqual([
        "accepted",
        "accepted",
      ]);
      expect(store.counts()).toEqual([]);
    });
  });
});
