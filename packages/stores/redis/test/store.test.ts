import type { Outcome } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { startRedis } from "@longshore/servers/redis";
import { afterAll, describe, expect, test } from "vitest";
import { redis } from "../src/index.ts";
import { claimOf, complete, freshStores, ioredis, isMissing, keyed, names, openIoredis } from "./subject.ts";

const client = openIoredis();
afterAll(() => client.disconnect());

const { send } = ioredis(client);
const fresh = freshStores(send, "store");

describe.skipIf(isMissing)("the keys", () => {
  test("of a newer version are left alone, and every verb says so", async () => {
    const { jobs, prefix } = fresh();
    await jobs.enqueue([newJob("a")]);
    await client.set(`${prefix}version`, "5");
    // In any order, which a growing table changes.
    const keys = await client.keys(`${prefix}*`);
    const calls = [
      () => jobs.enqueue([newJob("b")]),
      () => jobs.claim(claimOf(1)),
      () => jobs.settle([{ id: "a", token: 1, outcome: complete }]),
      () => jobs.get([{ id: "a" }]),
      () => jobs.counts(),
      () => jobs.remove([{ id: "a" }]),
      () => jobs.workers(),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: "invalid_option",
        message: expect.stringContaining("are of version 5; this code knows 4"),
      });
    }
    expect(new Set(await client.keys(`${prefix}*`))).toEqual(new Set(keys));
  });

  test("of queues without jobs are forgotten by a count, but not of one whose list still has what was removed", async () => {
    const { jobs, prefix } = fresh();
    const queues = ["tenant-1", "tenant-2", "held"];
    await jobs.enqueue(queues.map((queue) => newJob(queue, { queue, keepMs: 0 })));
    await jobs.enqueue([newJob("failed", { queue: "held" })]);
    await jobs.remove([{ id: "held" }, { id: "failed" }]);
    const gone = ["tenant-1", "tenant-2"].map((name) => ({ name, limit: 1 }));
    const claimed = await jobs.claim({ queues: gone, leaseMs: 30_000 });
    await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
    expect(await jobs.counts()).toEqual([]);
    expect(await client.hkeys(`${prefix}levels`)).toEqual(["held"]);
    expect(await client.hkeys(`${prefix}tail`)).toEqual(["5held"]);
    await jobs.enqueue([newJob("again", { queue: "held" }), newJob("new", { queue: "tenant-1" })]);
    const names = (await jobs.claim({ queues: [{ name: "held", limit: 9 }, ...gone], leaseMs: 30_000 })).map(
      ({ id }) => id,
    );
    expect(names.sort()).toEqual(["again", "new"]);
  });

  test("of two prefixes are two stores", async () => {
    const [one, two] = [fresh().jobs, fresh().jobs];
    await one.enqueue([newJob("a")]);
    expect(await two.claim(claimOf(1))).toEqual([]);
    expect((await one.claim(claimOf(1))).map(({ id }) => id)).toEqual(["a"]);
  });

  test("of jobs that have run and are not kept are gone", async () => {
    const { jobs, prefix } = fresh();
    await jobs.enqueue(names(20).map((id) => ({ ...newJob(id), keepMs: 0 })));
    const claimed = await jobs.claim(claimOf(20));
    await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
    const bare = ["last", "levels", "tail", "version"].map((name) => prefix + name);
    expect((await client.keys(`${prefix}*`)).sort()).toEqual(bare);
  });

  test("are of another version once a job has a unique key, and of such jobs nothing stays either", async () => {
    const { jobs, prefix } = fresh();
    await jobs.enqueue([newJob("plain", { keepMs: 0 })]);
    expect(await client.get(`${prefix}version`)).toBe("1");
    await jobs.enqueue([newJob("before", { keepMs: 0 }), keyed("a"), newJob("after", { keepMs: 0 })]);
    expect(await client.get(`${prefix}version`)).toBe("2");
    await jobs.enqueue([newJob("alone", { keepMs: 0 })]);
    const first = await jobs.claim(claimOf(9));
    expect(first.map(({ id }) => id)).toEqual(["plain", "before", "a", "after", "alone"]);
    await jobs.enqueue([keyed("b"), keyed("c")]);
    await jobs.settle(first.map((job) => ({ ...job, outcome: complete })));
    const second = await jobs.claim(claimOf(9));
    expect(second.map(({ id, uniqueKey }) => [id, uniqueKey])).toEqual([["b", "k"]]);
    await jobs.settle(second.map((job) => ({ ...job, outcome: complete })));
    const bare = ["ended", "last", "levels", "tail", "version"].map((name) => prefix + name);
    expect((await client.keys(`${prefix}*`)).sort()).toEqual(bare);
    expect(await jobs.counts()).toEqual([]);
    expect((await client.keys(`${prefix}*`)).sort()).toEqual([`${prefix}last`, `${prefix}version`]);
  });
});

describe.skipIf(isMissing)("a unique key", () => {
  test("whose job's row is gone, or is of another job by now, is free", async () => {
    const { jobs, prefix } = fresh();
    await jobs.enqueue([keyed("a"), newJob("b")]);
    // No script of ours leaves this behind.
    await client.hset(`${prefix}holders`, "k", "gone");
    expect(await jobs.enqueue([keyed("c")])).toEqual([{ status: "created" }]);
    await client.hset(`${prefix}holders`, "k", "b");
    expect(await jobs.enqueue([keyed("d")])).toEqual([{ status: "created" }]);
    expect(await jobs.release([{ key: "k" }, { key: "k" }])).toEqual(["released", "free"]);
  });

  test("is of one job in all partitions, and what replaces its data leaves its partition alone", async () => {
    const { jobs } = fresh();
    const queued = (id: string, partition?: string) => ({ ...keyed(id), partition, payload: `"${id}"` });
    await jobs.enqueue([queued("a"), queued("b", "p")]);
    const [one] = await jobs.claim(claimOf(1));
    expect([one?.id, one?.payload, one?.partition]).toEqual(["a", `"b"`, undefined]);
    await jobs.enqueue([queued("c", "p"), queued("d")]);
    expect((await jobs.get([{ id: "c" }]))[0]).toMatchObject({ payload: `"d"`, partition: "p", state: "blocked" });
  });

  test("with a time stays with the row of its job, and its pointer goes with the row", async () => {
    let now = 1e12;
    const { jobs, prefix } = fresh({ clock: () => now });
    const throttled = newJob("a", { keepMs: 0, unique: { key: "k", on: "keep", forMs: 1_000 } });
    await jobs.enqueue([throttled]);
    await jobs.settle((await jobs.claim(claimOf(1))).map((job) => ({ ...job, outcome: complete })));
    now += 999;
    await jobs.counts();
    expect(await client.hgetall(`${prefix}holders`)).toEqual({ k: "a" });
    now += 1;
    await jobs.counts();
    expect(await client.hgetall(`${prefix}holders`)).toEqual({});
    expect(await client.hlen(`${prefix}jobs`)).toBe(0);
  });

  test("that passes on at its job's end wakes the listeners of the process, without a subscription, too", async () => {
    const { jobs } = fresh();
    await jobs.enqueue([keyed("a")]);
    const running = await jobs.claim(claimOf(1));
    await jobs.enqueue([keyed("b")]);
    let wakes = 0;
    const stop = jobs.onWake(() => wakes++);
    await jobs.settle(running.map((job) => ({ ...job, outcome: complete })));
    stop();
    expect(wakes).toBe(1);
  });

  test("that a row cannot hold is refused before anything is sent", async () => {
    let sent = 0;
    const jobs = redis({ send: async () => void sent++ });
    const refused = { code: "invalid_option", message: expect.stringContaining("unique key") };
    for (const key of ["a\0b", "\ud800", "ü".repeat(1_201)]) {
      await expect(jobs.enqueue([keyed("a", key)])).rejects.toMatchObject(refused);
      await expect(jobs.release([{ key }])).rejects.toMatchObject(refused);
    }
    expect(sent).toBe(0);
  });
});

describe.skipIf(isMissing)("a script that the server has forgotten", () => {
  test("is sent again, also by calls that were under way together", async () => {
    const { jobs } = fresh();
    await jobs.enqueue([newJob("first")]);
    await client.script("FLUSH");
    const together = names(50).map((id) => jobs.get([{ id }]));
    const answers = await Promise.all([jobs.enqueue([newJob("second")]), jobs.claim(claimOf(9)), ...together]);
    expect(answers[0]).toEqual([{ status: "created" }]);
    expect((await jobs.get([{ id: "first" }, { id: "second" }])).map((job) => job?.id)).toEqual(["first", "second"]);
  });
});

describe.skipIf(isMissing)("tokens", () => {
  test("go on by the clock where the server has lost the last ones", async () => {
    const { jobs, prefix } = fresh();
    await jobs.enqueue(names(3).map((id) => newJob(id)));
    const lost = await client.get(`${prefix}last`);
    const [before] = await jobs.claim(claimOf(1));
    // As after a crash of a server whose log is a second behind.
    await client.set(`${prefix}last`, lost ?? "0");
    const [after] = await jobs.claim(claimOf(1));
    expect(after?.token).toBeGreaterThan(before?.token ?? Infinity);
  });

  test("go on from the last one where the clock was set back", async () => {
    const { jobs, prefix } = fresh();
    await jobs.enqueue(names(2).map((id) => newJob(id)));
    const far = 4e15;
    await client.set(`${prefix}last`, String(far));
    const claimed = [...(await jobs.claim(claimOf(1))), ...(await jobs.claim(claimOf(1)))];
    expect(claimed.map(({ token }) => token)).toEqual([far + 1, far + 2]);
  });
});

describe.skipIf(isMissing)("the line", () => {
  test("wakes whoever sleeps when only void entries were in it", async () => {
    const { jobs, prefix } = fresh();
    const listener = openIoredis();
    let ring = (): void => {};
    await listener.subscribe(`${prefix}wake`);
    listener.on("message", () => ring());
    await jobs.enqueue([newJob("a")]);
    await jobs.claim(claimOf(1));
    await jobs.enqueue([newJob("b")]);
    await jobs.cancel([{ id: "b" }]);
    // Its own ring comes before.
    await listener.ping();
    const rung = new Promise<void>((resolve) => (ring = resolve));
    await jobs.enqueue([newJob("c")]);
    await rung;
    listener.disconnect();
  });

  test("of a paused queue does not grow by jobs that are cancelled, and keeps its order", async () => {
    const { jobs, prefix } = fresh();
    await jobs.pause("default");
    await jobs.enqueue([newJob("keeper")]);
    for (let round = 0; round < 10; round++) {
      const ids = names(500);
      await jobs.enqueue(ids.map((id) => ({ ...newJob(id), keepMs: 0 })));
      await jobs.cancel(ids.map((id) => ({ id })));
    }
    await jobs.enqueue([newJob("late")]);
    expect(await client.llen(`${prefix}l:5default`)).toBeLessThan(1_200);
    expect(await jobs.counts()).toEqual([{ queue: "default", paused: true, counts: { enqueued: 2 } }]);
    await jobs.resume("default");
    expect((await jobs.claim(claimOf(9))).map(({ id }) => id)).toEqual(["keeper", "late"]);
    expect(await client.llen(`${prefix}l:5default`)).toBe(0);
  });

  test("with more void entries than one script removes still gives what is behind them", async () => {
    const { jobs } = fresh();
    for (let round = 0; round < 12; round++) {
      await jobs.enqueue(names(1_000).map((id) => ({ ...newJob(`${round}-${id}`), keepMs: 0 })));
    }
    await jobs.enqueue([newJob("behind")]);
    const all = Array.from({ length: 12 }, (_, round) => names(1_000).map((id) => ({ id: `${round}-${id}` })));
    for (const refs of all) await jobs.remove(refs);
    expect((await jobs.claim(claimOf(2))).map(({ id }) => id)).toEqual(["behind"]);
    expect(await jobs.dueInMs({ queues: ["default"], schedules: [] })).toBeGreaterThan(0);
  });
});

describe.skipIf(isMissing)("large jobs", () => {
  const payload = JSON.stringify("x".repeat(900_000));

  test("are claimed as many at a time as 4 MB have, in their order", async () => {
    const { jobs } = fresh();
    const ids = names(10);
    await jobs.enqueue(ids.map((id) => ({ ...newJob(id), payload })));
    const claimed: string[] = [];
    for (let calls = 1; claimed.length < ids.length; calls++) {
      const some = await jobs.claim(claimOf(100));
      expect(some.length).toBeLessThan(6);
      expect(some.length).toBeGreaterThan(0);
      claimed.push(...some.map(({ id }) => id));
      expect(some.every((job) => job.payload === payload)).toBe(true);
    }
    expect(claimed).toEqual(ids);
  });

  test("are all shown, whatever their size together", async () => {
    const { jobs } = fresh();
    const ids = names(10);
    await jobs.enqueue(ids.map((id) => ({ ...newJob(id), payload })));
    const shown = await jobs.get(ids.map((id) => ({ id })));
    expect(shown.map((job) => job?.id)).toEqual(ids);
    const { jobs: page, cursor } = await jobs.list({ limit: 7 });
    expect([page.length, cursor]).toEqual([7, ids[6]]);
  });
});

describe.skipIf(isMissing)("a listing", () => {
  test("goes by id through many rows, each once", async () => {
    const { jobs } = fresh();
    const ids = names(3_000);
    for (let n = 0; n < 3_000; n += 1_000) await jobs.enqueue(ids.slice(n, n + 1_000).map((id) => newJob(id)));
    await jobs.claim(claimOf(1_000));
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await jobs.list({ limit: 700, state: "enqueued", cursor });
      listed.push(...page.jobs.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed).toEqual(ids.slice(1_000));
  });
});

describe("names", () => {
  test("that a row cannot hold are refused before anything is sent", async () => {
    let sent = 0;
    const jobs = redis({ send: async () => void sent++ });
    const bad = [
      newJob("a", { queue: "x".repeat(256) }),
      newJob("a", { name: "a\0b" }),
      newJob("a", { queue: "\ud800" }),
    ];
    for (const job of bad) {
      await expect(jobs.enqueue([newJob("fine"), job])).rejects.toMatchObject({ code: "invalid_name" });
    }
    await expect(jobs.pause("a\0b")).rejects.toMatchObject({ code: "invalid_name" });
    expect(sent).toBe(0);
  });
});

describe.skipIf(isMissing)("a worker that starts", () => {
  const warnings = async (settings: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const server = await startRedis({ settings });
    const own = openIoredis(server.url);
    const warned: string[] = [];
    let looked = (): void => {};
    const done = new Promise<void>((resolve) => (looked = resolve));
    const log = { debug() {}, info() {}, error() {}, warn: (text: unknown) => void warned.push(JSON.stringify(text)) };
    const jobs = redis({
      log,
      async send(command) {
        const reply = await ioredis(own).send(command);
        if (command[0] === "INFO") setImmediate(looked);
        return reply;
      },
    });
    jobs.onWake(() => {})();
    await done;
    own.disconnect();
    await server.stop();
    return warned;
  };

  test("warns about a server that keeps nothing, and about one that removes keys (F80)", async () => {
    expect(await warnings({})).toEqual([]);
    expect(await warnings({ appendonly: "no" })).toEqual([expect.stringContaining("appendonly")]);
    expect(await warnings({ "maxmemory-policy": "allkeys-lru" })).toEqual([expect.stringContaining("allkeys-lru")]);
  });
});

describe.skipIf(isMissing)("a server without memory", () => {
  test("refuses new jobs with no effect, and the others go on to their end (F80)", async () => {
    const server = await startRedis();
    const own = openIoredis(server.url);
    const jobs = redis({ send: ioredis(own).send });
    const ids = names(100);
    await jobs.enqueue(ids.map((id) => newJob(id)));
    const held = await jobs.claim(claimOf(10));
    const claimKeyed = () => jobs.claim({ ...claimOf(1), queues: [{ name: "keyed", limit: 1 }] });
    await jobs.enqueue([{ ...keyed("first"), queue: "keyed" }]);
    const running = await claimKeyed();
    await jobs.enqueue([{ ...keyed("second"), queue: "keyed" }]);
    const limits = { key: "k", running: 1 };
    await jobs.enqueue(["one", "two"].map((id) => newJob(id, { queue: "limited", keepMs: 0, limits })));
    await own.config("SET", "maxmemory", "1mb");
    await own.config("SET", "maxmemory-policy", "noeviction");
    await expect(jobs.enqueue([newJob("more")])).rejects.toThrow("OOM");
    expect(await jobs.renew(held, 30_000)).toEqual(held.map(() => "held"));
    const failure = { message: "no" };
    const outcomes: readonly Outcome[] = [
      { type: "retry", delayMs: 0, failure },
      { type: "dead", failure },
      { type: "snooze", delayMs: 0, reason: "later" },
    ];
    const told = await jobs.settle(held.map((job, n) => ({ ...job, outcome: outcomes[n] ?? complete })));
    expect(told).toEqual(held.map(() => "accepted"));
    expect(await jobs.cancel([{ id: ids[50] ?? "" }])).toEqual([{ status: "done" }]);
    const others = await jobs.claim(claimOf(1_000));
    expect(others.length).toBe(91);
    expect(await jobs.settle(others.map((job) => ({ ...job, outcome: complete })))).toEqual(
      others.map(() => "accepted"),
    );
    expect(await jobs.get([{ id: "more" }])).toEqual([undefined]);
    // A key that is passed on is written, after what was freed.
    expect(await jobs.settle(running.map((job) => ({ ...job, outcome: complete })))).toEqual(["accepted"]);
    expect((await claimKeyed()).map(({ id }) => id)).toEqual(["second"]);
    const claimLimited = () => jobs.claim({ ...claimOf(9), queues: [{ name: "limited", limit: 9 }] });
    const [one] = await claimLimited();
    expect(one && (await jobs.settle([{ ...one, outcome: complete }]))).toEqual(["accepted"]);
    expect((await claimLimited()).map(({ id }) => id)).toEqual(["two"]);
    own.disconnect();
    await server.stop();
  });
});
