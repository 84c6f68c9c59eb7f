import type { After, NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { startRedis } from "@longshore/servers/redis";
import { afterAll, describe, expect, test } from "vitest";
import { type Redis, redis } from "../src/index.ts";
import { claimOf, complete, freshStores, ioredis, isMissing, names, openIoredis } from "./subject.ts";

const client = openIoredis();
afterAll(() => client.disconnect());

const fresh = freshStores(ioredis(client).send, "family");

const plain = (id: string, parts: Partial<NewJob> = {}): NewJob => newJob(id, { keepMs: 0, ...parts });
const child = (id: string, parents: readonly string[], onFailed: After["onFailed"] = "dead"): NewJob =>
  plain(id, { after: { jobs: parents.map((parent) => ({ id: parent })), onFailed } });

async function run(jobs: Redis, limit = 100): Promise<string[]> {
  const claimed = await jobs.claim(claimOf(limit));
  await jobs.settle(claimed.map((job) => ({ ...job, outcome: complete })));
  return claimed.map(({ id }) => id);
}

describe.skipIf(isMissing)("jobs that come after others", () => {
  test("leave nothing behind when all have run, or were removed", async () => {
    const { jobs, prefix } = fresh();
    await jobs.enqueue([child("c", ["a", "b"]), plain("a"), child("b", ["a"])]);
    expect([await run(jobs), await run(jobs), await run(jobs)]).toEqual([["a"], ["b"], ["c"]]);
    await jobs.enqueue([plain("d"), child("e", ["d"], "run"), child("f", ["e"])]);
    await jobs.remove([{ id: "f" }, { id: "d" }]);
    expect(await run(jobs)).toEqual(["e"]);
    const bare = ["ended", "last", "levels", "tail", "version"].map((name) => prefix + name);
    expect((await client.keys(`${prefix}*`)).filter((key) => !key.endsWith("void")).sort()).toEqual(bare);
  });

  test("wait for a parent that runs like all others, also if both end in one call", async () => {
    const { jobs } = fresh();
    await jobs.enqueue([plain("a"), plain("b")]);
    const [a, b] = await jobs.claim(claimOf(2));
    await jobs.enqueue([child("c", ["a"])]);
    await jobs.renew(
      [a, b].flatMap((job) => job ?? []),
      30_000,
    );
    expect(await run(jobs)).toEqual([]);
    // The follow-up comes after a job that the same call settles.
    const settled = [
      { ...a, outcome: complete, next: [child("d", ["b"])] },
      { ...b, outcome: complete },
    ] as Parameters<Redis["settle"]>[0];
    expect(await jobs.settle(settled)).toEqual([
      { status: "accepted", next: [{ status: "created" }], freed: 1 },
      { status: "accepted", next: [], freed: 1 },
    ]);
    expect(await run(jobs)).toEqual(["c", "d"]);
  });

  test("keep a parent whose time is over until the last of them has ended, through any script that removes others", async () => {
    let now = 1e12;
    const { jobs, prefix } = fresh({ clock: () => now });
    await jobs.enqueue([plain("a", { keepMs: 1_000 }), child("b", ["a"])]);
    await run(jobs);
    await jobs.enqueue([plain("c", { keepMs: 1_000, queue: "mail" })]);
    const [c] = await jobs.claim({ ...claimOf(1), queues: [{ name: "mail", limit: 1 }] });
    await jobs.settle([c].flatMap((job) => (job ? [{ ...job, outcome: complete }] : [])));
    await jobs.enqueue([child("d", ["c"])]);
    now += 1_001;
    await jobs.counts();
    expect((await jobs.get([{ id: "c" }]))[0]?.state).toBe("completed");
    expect((await jobs.get([{ id: "a" }]))[0]?.state).toBe("completed");
    expect(await run(jobs)).toEqual(["b", "d"]);
    expect(await jobs.get([{ id: "a" }, { id: "c" }])).toEqual([undefined, undefined]);
    expect(await client.zcard(`${prefix}kept`)).toBe(0);
  });

  test("of one job are bounded, because its end is about all of them", async () => {
    const { jobs } = fresh();
    await jobs.enqueue([plain("a")]);
    for (let n = 0; n < 10; n++) await jobs.enqueue(names(1_000).map((id) => child(`${n}-${id}`, ["a"])));
    expect(await jobs.enqueue([plain("b"), child("c", ["a"])])).toEqual(
      ["b", "c"].map(() => ({ status: "failed", message: "too many jobs would come after a" })),
    );
  });

  test("are refused in a call that is too large for one script, and nothing of it is done", async () => {
    const { jobs } = fresh();
    const payload = JSON.stringify("x".repeat(900_000));
    const large = names(5).map((id) => plain(id, { payload }));
    const told = await jobs.enqueue([...large, child("z", ["job-00000"])]);
    expect(told.map(({ status }) => status)).toEqual(told.map(() => "failed"));
    expect(told[0]).toMatchObject({ message: expect.stringContaining("4000000 bytes") });
    expect(await jobs.get([{ id: "job-00000" }])).toEqual([undefined]);
  });

  test("by thousands are freed, die and begin again by a thousand in each script, and older code waits meanwhile", async () => {
    const server = await startRedis();
    const own = openIoredis(server.url);
    let most = 0;
    let sent = 0;
    const jobs = redis({
      async send(command) {
        await own.config("RESETSTAT");
        const reply = await ioredis(own).send(command);
        const told = [...(await own.info("commandstats")).matchAll(/cmdstat_(?!eval|config|info)\S+:calls=(\d+)/g)];
        most = Math.max(
          most,
          told.reduce((sum, [, calls]) => sum + Number(calls), 0),
        );
        sent++;
        return reply;
      },
    });
    const statesOf = async (ids: readonly string[]) =>
      new Set((await jobs.get(ids.map((id) => ({ id })))).map((job) => job?.state));
    const version = () => own.get("{longshore}:version");
    const fates = async () => {
      // Of no queue: it only goes on with what is unfinished.
      await jobs.claim({ queues: [], leaseMs: 30_000 });
      expect(await version()).toBe("3");
    };

    const line = names(3_000);
    await jobs.enqueue([
      plain("first", { priority: 0, keepMs: 3_600_000 }),
      ...line.slice(0, 1).map((id) => child(id, ["first"])),
    ]);
    for (let n = 1; n < line.length; n += 500) {
      await jobs.enqueue(line.slice(n, n + 500).map((id, k) => child(id, [line[n + k - 1] ?? ""])));
    }
    const twigs = names(1_500).map((id) => `twig-${id}`);
    for (let n = 0; n < twigs.length; n += 500) {
      await jobs.enqueue(twigs.slice(n, n + 500).map((id) => child(id, ["first"])));
    }
    const below = [...line, ...twigs];
    const star = names(3_000).map((id) => `star-${id}`);
    await jobs.enqueue([plain("centre", { keepMs: 1_000 })]);
    for (let n = 0; n < star.length; n += 500) {
      await jobs.enqueue(star.slice(n, n + 500).map((id) => child(id, ["centre"])));
    }
    [most, sent] = [0, 0];

    const outcome = { type: "dead", failure: { message: "no" } } as const;
    const claimed = await jobs.claim(claimOf(2));
    const told = await jobs.settle(claimed.map((job) => ({ ...job, outcome })));
    expect(told).toEqual([{ status: "accepted", next: [], buried: 1_000 }, "accepted"]);
    expect(await version()).toBe("3+");
    expect(await jobs.dueInMs({ queues: ["default"], schedules: [] })).toBe(0);
    expect(await statesOf([...below, ...star])).toEqual(new Set(["dead", "blocked"]));
    // What comes after an end does not hear of it, and a replay does not overtake it.
    const later = plain("later", { due: { inMs: 3_600_000 } });
    await jobs.enqueue([later, child("between", ["centre", "later"])]);
    await jobs.replay([{ id: "centre" }]);
    await fates();
    expect([await statesOf(below), await statesOf(star)]).toEqual([new Set(["dead"]), new Set(["blocked"])]);
    const again = await jobs.claim(claimOf(2));
    expect(await jobs.settle(again.map((job) => ({ ...job, outcome: complete })))).toEqual([
      { status: "accepted", next: [], freed: 1_000 },
    ]);
    await fates();
    expect([await statesOf(star), await statesOf(["between"])]).toEqual([new Set(["enqueued"]), new Set(["blocked"])]);

    expect(await jobs.replay([{ id: "first" }])).toEqual([{ status: "done" }]);
    expect(await version()).toBe("3+");
    // It ends anew before all have heard that it lives, and lives again.
    await jobs.cancel([{ id: "first" }]);
    await jobs.replay([{ id: "first" }]);
    await fates();
    expect([await statesOf(["first"]), await statesOf(below)]).toEqual([new Set(["enqueued"]), new Set(["blocked"])]);
    await jobs.remove([{ id: "first" }]);
    await fates();
    expect(await statesOf(below)).toEqual(new Set(["dead"]));
    expect(sent).toBeGreaterThan(12);
    expect(most).toBeLessThan(25_000);

    for (const ids of [below, star]) {
      for (let n = 0; n < ids.length; n += 1_000) {
        await jobs.remove(ids.slice(n, n + 1_000).map((id) => ({ id })));
      }
    }
    await jobs.remove(["between", "later", "centre"].map((id) => ({ id })));
    const bare = ["ended", "last", "levels", "tail", "version", "void"].map((name) => `{longshore}:${name}`);
    // The lines keep void entries of what was removed from them.
    expect((await own.keys("*")).filter((key) => !key.startsWith("{longshore}:l:")).sort()).toEqual(bare);
    own.disconnect();
    await server.stop();
  });
});
