import type { NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { startRedis } from "@longshore/servers/redis";
import { afterAll, describe, expect, test } from "vitest";
import { type Redis, redis } from "../src/index.ts";
import { claimOf, complete, freshStores, ioredis, isMissing, keyed, names, openIoredis } from "./subject.ts";

const client = openIoredis();
afterAll(() => client.disconnect());

const fresh = freshStores(ioredis(client).send, "rare");
const inOrder: NewJob["limits"] = { key: "o", running: 1, ordered: true };

describe.skipIf(isMissing)("a time to begin", () => {
  test("makes the keys another version, is kept with a unique key's row, and what replaces that has its own", async () => {
    let now = 1e12;
    const { jobs, prefix } = fresh({ clock: () => now });
    await jobs.enqueue([keyed("a")]);
    expect(await client.get(`${prefix}version`)).toBe("2");
    await jobs.enqueue([{ ...keyed("b"), startWithinMs: 1_000 }]);
    expect(await client.get(`${prefix}version`)).toBe("3");
    await jobs.enqueue([{ ...keyed("c", "other"), startWithinMs: 1_000 }]);
    await jobs.enqueue([keyed("d", "other")]);
    now += 1_001;
    const claimed = await jobs.claim(claimOf(9));
    expect(claimed.map(({ id, uniqueKey, expired }) => [id, uniqueKey, expired])).toEqual([
      ["a", undefined, true],
      ["c", "other", undefined],
    ]);
    await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
    const bare = ["last", "levels", "tail", "version", "void"].map((name) => prefix + name);
    expect((await client.keys(`${prefix}*`)).sort()).toEqual(bare);
  });
});

describe.skipIf(isMissing)("limits", () => {
  const limited = (id: string, limits: NewJob["limits"], parts: Partial<NewJob> = {}) =>
    newJob(id, { keepMs: 0, limits, ...parts });
  const run = async (jobs: Redis): Promise<string[]> => {
    const claimed = await jobs.claim(claimOf(100));
    await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
    return claimed.map(({ id }) => id);
  };

  test("leave nothing behind when their jobs have run, but that a queue had a number and when a rate is over", async () => {
    let now = 1e12;
    const { jobs, prefix } = fresh({ clock: () => now });
    const rate = { everyMs: 1_000, burst: 1 };
    await jobs.enqueue([limited("a", { queue: 1 }), limited("b", { key: "k", running: 1 })]);
    await jobs.enqueue([limited("c", { key: "k", running: 1 }), limited("d", { key: "r", rate })]);
    await jobs.remove([{ id: "c" }]);
    expect([await run(jobs), await run(jobs)]).toEqual([["a"], ["b", "d"]]);
    const bare = ["ended", "last", "levels", "tail", "tats", "version"].map((name) => prefix + name);
    expect((await client.keys(`${prefix}*`)).sort()).toEqual(bare);
    expect(await client.hgetall(`${prefix}levels`)).toEqual({ default: "5p" });
    // The next start of any key forgets those that say nothing more.
    now += 1_000;
    await jobs.enqueue([limited("e", { key: "other", rate })]);
    await run(jobs);
    expect(await client.zrange(`${prefix}tats`, "0", "-1")).toEqual(["other"]);
  });

  test("of thousands of jobs that are due together put a bounded number behind its key by each script", async () => {
    let now = 1e12;
    const { jobs, prefix } = fresh({ clock: () => now });
    const due = { inMs: 1 };
    for (let n = 0; n < 3; n++) {
      await jobs.enqueue(names(1_000).map((id) => limited(`${n}-${id}`, { key: "k", running: 1 }, { due })));
    }
    now += 1;
    expect((await jobs.claim(claimOf(9))).map(({ id }) => id)).toEqual(["0-job-00000"]);
    expect(await client.zcard(`${prefix}k:k`)).toBe(1_000);
    expect(await jobs.claim(claimOf(9))).toEqual([]);
    expect(await client.zcard(`${prefix}k:k`)).toBe(2_999);
  });

  test("hand out tokens and numbers that no other job has, in whatever round", async () => {
    const { jobs, prefix } = fresh();
    await client.set(`${prefix}last`, String(4e15));
    await jobs.enqueue(names(50).map((id) => limited(id, { key: "k" })));
    const before = Number(await client.get(`${prefix}last`));
    const claimed = await jobs.claim(claimOf(20));
    const last = Number(await client.get(`${prefix}last`));
    expect(new Set(claimed.map(({ token }) => token)).size).toBe(20);
    expect(claimed.every(({ token }, n) => token > (claimed[n - 1]?.token ?? 4e15) && token <= last)).toBe(true);
    // One for each token, and two for each job that was let through.
    expect(last - before).toBeGreaterThanOrEqual(60);
  });

  test("of a key that a job's row no longer has, or whose row is gone, hold nobody up", async () => {
    const { jobs, prefix } = fresh();
    // No script of ours leaves this behind.
    await client.hset(`${prefix}ready`, { k: "gone", K: "b" });
    await jobs.enqueue([newJob("b", { queue: "mail" }), limited("a", { key: "k" }), limited("c", { key: "K" })]);
    expect(await run(jobs)).toEqual(["a", "c"]);
  });

  test("let the end of a run wake the listeners of the process, without a subscription, too", async () => {
    const { jobs } = fresh();
    for (const limits of [{ queue: 1 }, { key: "k", running: 1 }]) {
      await jobs.enqueue([limited("a", limits), limited("b", limits)]);
      const running = await jobs.claim(claimOf(9));
      let wakes = 0;
      const stop = jobs.onWake(() => wakes++);
      await jobs.settle(running.map((job) => ({ ...job, outcome: complete })));
      stop();
      expect([running.length, wakes]).toEqual([1, 1]);
      await run(jobs);
    }
  });

  test("that a row cannot hold are refused before anything is sent", async () => {
    let sent = 0;
    const jobs = redis({ send: async () => void sent++ });
    const refused = { code: "invalid_option", message: expect.stringContaining("limits") };
    await expect(jobs.enqueue([limited("a", { key: "\ud800" })])).rejects.toMatchObject(refused);
    expect(sent).toBe(0);
  });
});

describe.skipIf(isMissing)("an order", () => {
  test("makes the keys a version that older code refuses, and leaves nothing behind", async () => {
    const { jobs, prefix } = fresh();
    const ordered = (id: string) => newJob(id, { keepMs: 0, limits: inOrder });
    await jobs.enqueue([newJob("limited", { keepMs: 0, limits: { key: "k", running: 1 } })]);
    expect(await client.get(`${prefix}version`)).toBe("3");
    await jobs.enqueue([ordered("a"), ordered("b")]);
    expect(await client.get(`${prefix}version`)).toBe("4");
    const running = await jobs.claim(claimOf(9));
    const failure = { message: "no" };
    await jobs.settle(running.map((job) => ({ ...job, outcome: { type: "retry", delayMs: 0, failure } })));
    expect(await client.hget(`${prefix}ready`, "o")).toBe("a");
    const seen: string[] = [];
    for (let n = 0; n < 3; n++) {
      const claimed = await jobs.claim(claimOf(9));
      seen.push(...claimed.map(({ id, attempt }) => `${id} ${attempt}`));
      await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
    }
    expect(seen).toEqual(["a 2", "limited 2", "b 1"]);
    const bare = ["ended", "last", "levels", "tail", "version"].map((name) => prefix + name);
    expect((await client.keys(`${prefix}*`)).sort()).toEqual(bare);
  });

  test("has no turn for new data of a job that had one", async () => {
    const { jobs } = fresh();
    const first = { ...keyed("a"), limits: inOrder };
    await jobs.enqueue([first, newJob("b", { keepMs: 0, limits: inOrder })]);
    const [a] = await jobs.claim(claimOf(9));
    await jobs.settle([a ?? []].flat().map((job) => ({ ...job, outcome: { type: "snooze", delayMs: 60_000 } })));
    expect(await jobs.enqueue([{ ...first, id: "c" }])).toEqual([{ status: "replaced", id: "a" }]);
    expect((await jobs.claim(claimOf(9))).map(({ id }) => id)).toEqual(["b"]);
  });

  test("is not held up by a first job whose row is gone, or has another key by now", async () => {
    let now = 1e12;
    const { jobs, prefix } = fresh({ clock: () => now });
    await jobs.enqueue([newJob("other", { queue: "mail" })]);
    for (const first of ["gone", "other"]) {
      await jobs.enqueue([newJob(`behind ${first}`, { keepMs: 0, limits: inOrder, due: { inMs: 1 } })]);
      // No script of ours leaves this behind.
      await client.hset(`${prefix}ready`, { o: first });
      now += 1;
      const claimed = await jobs.claim(claimOf(9));
      expect(claimed.map(({ id }) => id)).toEqual([`behind ${first}`]);
      await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
    }
  });
});

describe.skipIf(isMissing)("the number of a queue", () => {
  test("is in no row: what code that knows none enqueues and ends counts, too, and the version stays", async () => {
    const { jobs, prefix } = fresh();
    const bounded = (id: string, maxDepth = 3) => newJob(id, { keepMs: 0, maxDepth });
    // As such code has it.
    await jobs.enqueue([newJob("old", { keepMs: 0 })]);
    expect((await jobs.enqueue(["a", "b", "c"].map((id) => bounded(id)))).map(({ status }) => status)).toEqual([
      "created",
      "created",
      "failed",
    ]);
    expect(await client.get(`${prefix}version`)).toBe("1");
    const rows = await client.hgetallBuffer(`${prefix}jobs`);
    expect([rows["a"]?.length, rows["a"]?.[0]]).toEqual([rows["old"]?.length, 0]);
    await jobs.cancel([{ id: "old" }]);
    expect(await jobs.enqueue([bounded("c")])).toEqual([{ status: "created" }]);
  });

  test("counts a job where it is when the data of another have moved it to another queue", async () => {
    const { jobs } = fresh();
    const bounded = (id: string, queue: string, parts: Partial<NewJob> = {}) =>
      newJob(id, { queue, maxDepth: 1, ...parts });
    const { unique } = keyed("a");
    const told = await jobs.enqueue([
      bounded("a", "mail", { unique }),
      bounded("b", "text", { unique }),
      bounded("c", "mail"),
      bounded("d", "text"),
    ]);
    expect(told.map(({ status }) => status)).toEqual(["created", "replaced", "created", "failed"]);
  });

  test("is compared for each of a thousand jobs with one count of the queue", async () => {
    const server = await startRedis();
    const own = openIoredis(server.url);
    const jobs = redis({ send: ioredis(own).send });
    const told: string[] = [];
    const counts = async (ids: readonly string[], maxDepth?: number): Promise<number> => {
      await own.config("RESETSTAT");
      const answers = await jobs.enqueue(ids.map((id) => newJob(id, { maxDepth })));
      told.push(...answers.map(({ status }) => status));
      const calls = /cmdstat_zcard:calls=(\d+)/.exec(await own.info("commandstats"))?.[1];
      return Number(calls ?? 0);
    };
    expect(await counts(names(1_000).map((id) => `free-${id}`))).toBe(0);
    expect(await counts(names(1_000), 1_900)).toBe(3);
    expect(told.filter((status) => status === "created").length).toBe(1_900);
    own.disconnect();
    await server.stop();
  });
});

describe.skipIf(isMissing)("a job that uses no feature", () => {
  test("costs the same commands beside those that do, and no function of theirs", async () => {
    const server = await startRedis();
    const own = openIoredis(server.url);
    const jobs = redis({ send: ioredis(own).send });
    const commands = async (): Promise<Record<string, number>> => {
      await own.config("RESETSTAT");
      await jobs.enqueue([newJob("a", { keepMs: 0 }), newJob("b", { keepMs: 0, due: { inMs: 60_000 } })]);
      const claimed = await jobs.claim(claimOf(9));
      await jobs.renew(claimed, 30_000);
      await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
      await jobs.remove([{ id: "b" }]);
      await jobs.dueInMs({ queues: ["default"], schedules: [] });
      const told = (await own.info("commandstats")).matchAll(/cmdstat_(\w+):calls=(\d+)/g);
      const counted = [...told].map(([, name = "", calls]): [string, number] => [name, Number(calls)]);
      return Object.fromEntries(counted.filter(([name]) => !/eval|config|info|script/.test(name)));
    };
    await commands();
    const before = await commands();
    const ordered = newJob("ordered", { queue: "mail", limits: inOrder });
    await jobs.enqueue([limitedIn("mail"), ordered, newJob("bounded", { queue: "mail", maxDepth: 9 })]);
    await jobs.claim({ ...claimOf(1), queues: [{ name: "mail", limit: 1 }] });
    expect(await commands()).toEqual(before);
    expect(before["hget"]).toBeGreaterThan(0);
    own.disconnect();
    await server.stop();
  });
  const limitedIn = (queue: string) =>
    newJob("limited", {
      queue,
      startWithinMs: 1_000,
      limits: { queue: 1, key: "k", rate: { everyMs: 1_000, burst: 1 } },
    });
});

describe.skipIf(isMissing)("a pause for a while", () => {
  test("is one without an end for older code, and leaves nothing behind when it is over", async () => {
    let now = 1e12;
    const { jobs, prefix } = fresh({ clock: () => now });
    await jobs.pauseFor("default", 1_000);
    expect(await client.smembers(`${prefix}paused`)).toEqual(["default"]);
    now += 1_000;
    await jobs.claim(claimOf(1));
    expect((await client.keys(`${prefix}*`)).sort()).toEqual([`${prefix}version`]);
  });
});
