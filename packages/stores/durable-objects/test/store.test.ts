import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { NewJob, Outcome } from "@longshore/core/adapter";
import { describe, expect, test } from "vitest";
import { type JobStore, type StoreOptions, createStore } from "../src/index.ts";

const DAY = 86_400_000;
let stores = 0;

const job = (id: string, parts: Partial<NewJob> = {}): NewJob => ({
  id,
  name: "work",
  queue: "default",
  payload: "{}",
  headers: { v: "1" },
  priority: 5,
  due: { inMs: 0 },
  keepMs: DAY,
  ...parts,
});
const dead: Outcome = { type: "dead", failure: { message: "no use" } };
const complete: Outcome = { type: "complete" };
const claim = { queues: [{ name: "default", limit: 1_000 }], leaseMs: 30_000 };

/** Runs all of `work` in one turn inside of an object. */
async function within(
  options: StoreOptions,
  work: (store: JobStore, storage: DurableObjectStorage) => void,
): Promise<void> {
  const stub = env.KEEPER.getByName(`store-${++stores}`);
  await runInDurableObject(stub, (_, { storage }) => work(createStore(storage, options), storage));
}

/** Enqueues, claims and ends jobs of these ids. */
function end(store: JobStore, ids: readonly string[], outcome: Outcome): void {
  store.enqueue(ids.map((id) => job(id)));
  store.settle(store.claim(claim).map(({ id, token }) => ({ id, token, outcome })));
}
const rows = (storage: DurableObjectStorage): number =>
  storage.sql.exec<{ n: number }>("SELECT count(*) n FROM longshore_jobs").one().n;
const names = (count: number, prefix = "job"): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(4, "0")}`);

describe("what has ended", () => {
  test("stays for its time and is then gone, at the latest after as many claims as there are jobs", async () => {
    let now = 0;
    await within({ clock: () => now }, (store, storage) => {
      end(store, names(600), complete);
      expect(store.counts()).toEqual([{ queue: "default", paused: false, counts: { completed: 600 } }]);
      now += DAY;
      expect(store.counts()).toEqual([]);
      expect(store.list({ limit: 10 })).toEqual({ jobs: [] });
      expect(store.enqueue([job("job-0000")])).toEqual([{ status: "created" }]);
      for (let round = 0; round < 4; round++)
        end(store, names(200, `round-${round}`), { type: "snooze", delayMs: DAY });
      expect(store.claim(claim).map(({ id }) => id)).toEqual([]);
      expect(rows(storage)).toBe(801);
    });
  });

  test("goes ahead of its time where the database grows too large, but neither dead letters nor what waits", async () => {
    await within({ maxBytes: 100_000 }, (store, storage) => {
      end(store, ["dead"], dead);
      store.enqueue([job("waits", { due: { inMs: DAY } })]);
      const payload = JSON.stringify("x".repeat(1_000));
      for (let round = 0; round < 8; round++) {
        store.enqueue(names(256, `round-${round}`).map((id) => job(id, { payload })));
        store.settle(store.claim(claim).map(({ id, token }) => ({ id, token, outcome: complete })));
      }
      expect(rows(storage)).toBeLessThan(1_300);
      expect(store.get([{ id: "dead" }, { id: "waits" }]).map((row) => row?.state)).toEqual(["dead", "delayed"]);
    });
  });

  test("and is dead is bounded by number: the oldest are answered and go", async () => {
    let now = 0;
    await within({ clock: () => now, maxDead: 3 }, (store) => {
      for (const id of names(5)) {
        now++;
        end(store, [id], dead);
      }
      expect(store.prune(1).map(({ id }) => id)).toEqual(["job-0000"]);
      expect(store.prune(10).map(({ id }) => id)).toEqual(["job-0001"]);
      expect(store.prune(10)).toEqual([]);
      now += 30 * DAY - 1;
      expect(store.prune(10).map(({ id }) => id)).toEqual(["job-0002", "job-0003"]);
    });
  });
});

describe("a list", () => {
  test("shows each state by itself, in pages by id", async () => {
    let now = 0;
    await within({ clock: () => now }, (store) => {
      end(store, names(45, "dead"), dead);
      end(store, names(45, "completed"), complete);
      store.enqueue(names(45, "active").map((id) => job(id)));
      store.claim(claim);
      store.enqueue(names(45, "enqueued").map((id) => job(id)));
      store.enqueue(names(45, "delayed").map((id) => job(id, { due: { inMs: 1_000 } })));
      for (const state of ["dead", "completed", "active", "enqueued", "delayed"] as const) {
        const first = store.list({ state, limit: 30 });
        const second = store.list({ state, limit: 30, cursor: first.cursor });
        expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual(names(45, state));
        expect(second.cursor).toBe(undefined);
      }
      now = 40_000;
      expect(store.list({ state: "stalled", limit: 100 }).jobs.map(({ id }) => id)).toEqual(names(45, "active"));
    });
  });

  test("takes ids for what they are", async () => {
    await within({}, (store) => {
      const ids = ["__proto__", "constructor", "$", "a.b", "a:b", "0", "~"];
      store.enqueue(ids.map((id) => job(id)));
      store.claim({ ...claim, queues: [{ name: "default", limit: 3 }] });
      expect(store.list({ limit: 10 }).jobs.map(({ id }) => id)).toEqual([...ids].sort());
      expect(store.counts()).toEqual([{ queue: "default", paused: false, counts: { active: 3, enqueued: 4 } }]);
      expect(store.list({ state: "active", limit: 10 }).jobs.map(({ id }) => id)).toEqual(ids.slice(0, 3).sort());
    });
  });
});

describe("claims", () => {
  test("hand out at most a thousand jobs, and no job twice", async () => {
    await within({}, (store) => {
      for (let i = 0; i < 3; i++) store.enqueue(names(1_000, `batch-${i}`).map((id) => job(id)));
      const all = [store.claim({ ...claim, queues: [{ name: "default", limit: 5_000 }] }), store.claim(claim)];
      expect(all.map((jobs) => jobs.length)).toEqual([1_000, 1_000]);
      expect(new Set(all.flat().map(({ id }) => id)).size).toBe(2_000);
    });
  });

  test("stop at some thousand leases, and go on when those are settled or over", async () => {
    let now = 0;
    await within({ clock: () => now }, (store) => {
      for (let i = 0; i < 7; i++) store.enqueue(names(1_000, `batch-${i}`).map((id) => job(id, { keepMs: 0 })));
      const claimed = [];
      for (let more = store.claim(claim); more.length > 0; more = store.claim(claim)) claimed.push(...more);
      expect(claimed.length).toBe(5_000);
      now = 30_000;
      expect(store.claim(claim).every(({ stalled, attempt }) => stalled && attempt === 2)).toBe(true);
      now = 60_000;
      for (let more = store.claim(claim); more.length > 0; more = store.claim(claim)) {
        store.settle(more.map(({ id, token }) => ({ id, token, outcome: complete })));
      }
      expect(store.counts()).toEqual([]);
    });
  });

  test("of a queue named twice in one call take each job once", async () => {
    let now = 0;
    await within({ clock: () => now }, (store) => {
      store.enqueue(["a", "b"].map((id) => job(id)));
      const twice = { queues: [1, 1].map((limit) => ({ name: "default", limit })), leaseMs: 1_000 };
      expect(store.claim(twice).map(({ id }) => id)).toEqual(["a", "b"]);
      now = 1_000;
      expect(store.claim(twice).map(({ id, attempt }) => [id, attempt])).toEqual([
        ["a", 2],
        ["b", 2],
      ]);
    });
  });
});

test("tables of a newer version are left alone", async () => {
  await within({}, (store, storage) => {
    store.enqueue([job("a")]);
    storage.sql.exec("UPDATE longshore_meta SET value = '99' WHERE id = 'format'");
    expect(() => createStore(storage).counts()).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });
});

test("a call that throws changes nothing, in the tables or in memory", async () => {
  await within({}, (store) => {
    store.enqueue([job("a")]);
    const next = [job("c"), { ...job("d"), due: undefined as never }];
    const [a] = store.claim(claim);
    expect(() => store.settle([{ id: "a", token: a?.token ?? 0, outcome: complete, next }])).toThrow(TypeError);
    store.settle([{ id: "a", token: a?.token ?? 0, outcome: { type: "snooze", delayMs: 0 } }]);
    expect(store.list({ limit: 9 }).jobs.map(({ id }) => id)).toEqual(["a"]);
    expect(store.claim(claim).map(({ id }) => id)).toEqual(["a"]);
  });
});
