import type { After, NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { afterAll, describe, expect, test } from "vitest";
import type { Redis } from "../src/index.ts";
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
    const [a] = await jobs.claim(claimOf(1));
    expect(a && (await jobs.settle([{ ...a, outcome: complete }]))).toEqual([
      { status: "accepted", next: [], freed: 10_000 },
    ]);
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

  test("die in a line of thousands with the first", async () => {
    const { jobs } = fresh();
    const line = names(9_000);
    await jobs.enqueue([plain(line[0] ?? "")]);
    for (let n = 1; n < line.length; n += 999) {
      await jobs.enqueue(line.slice(n, n + 999).map((id, k) => child(id, [line[n + k - 1] ?? ""])));
    }
    const [first] = await jobs.claim(claimOf(1));
    const outcome = { type: "dead", failure: { message: "no" } } as const;
    expect(first && (await jobs.settle([{ ...first, outcome }]))).toEqual([
      { status: "accepted", next: [], buried: 8_999 },
    ]);
  });
});
