import { env } from "cloudflare:workers";
import { createQueue, createWorker, defineJob, every, schedule } from "@longshore/core";
import { type NewJob, schedulePartition } from "@longshore/core/adapter";
import { beforeEach, describe, expect, test } from "vitest";
import { type DurableObjectsOptions, durableObjects } from "../src/index.ts";
import { shardOf } from "../src/client/shards.ts";
import { anyInput } from "./schema.ts";
import { quiet, time } from "./worker.ts";

let families = 0;
beforeEach(() => {
  families++;
  time.now = Date.now;
});

const name = (): string => `family-${families}`;
const adapter = (options: DurableObjectsOptions) => durableObjects(env.KEEPER, { name: name(), ...options });
const job = (id: string, parts: Partial<NewJob> = {}): NewJob => ({
  id,
  name: "work",
  queue: "default",
  payload: "{}",
  headers: { v: "1" },
  priority: 5,
  due: { inMs: 0 },
  keepMs: 60_000,
  ...parts,
});
const jobs = (count: number): NewJob[] => Array.from({ length: count }, (_, i) => job(`user:${i}`));

describe("the shard of a key", () => {
  test("is what it has always been", () => {
    // Found when it was written; the first two by hand. Where jobs are must not change with the code.
    const keys = ["", "a", "user:42", "schedule:daily-report", "naïve 👩‍👩‍👧"];
    expect(keys.map((key) => shardOf(key, 16))).toEqual([9, 0, 9, 6, 14]);
    expect(keys.map((key) => shardOf(key, 1))).toEqual([0, 0, 0, 0, 0]);
  });

  test("is any of them alike, for ids that look alike", () => {
    for (const shards of [2, 3, 4, 7, 16]) {
      for (const id of [
        (i: number) => `user:${i}`,
        (i: number) => `1k857p${i.toString(32)}`,
        (i: number) => `${i}:x`,
      ]) {
        const found = Array.from({ length: shards }, () => 0);
        for (let i = 0; i < 10_000; i++) found[shardOf(id(i), shards)] = (found[shardOf(id(i), shards)] ?? 0) + 1;
        for (const count of found) expect(Math.abs(count / (10_000 / shards) - 1)).toBeLessThan(0.15);
      }
    }
  });
});

describe("unique keys of several shards", () => {
  const keyed = (id: string, partition?: string): NewJob =>
    job(id, { ...(partition !== undefined && { partition }), unique: { key: "same", on: "keep" } });

  test("hold within a partition, also where two of them are in one object", async () => {
    const store = adapter({ shards: 2 });
    const [p, q] = ["p0", "p1", "p2", "p3"].filter((name) => shardOf(name, 2) === shardOf("p0", 2)) as [string, string];
    const answers = await store.enqueue([keyed("a", p), keyed("b", q), keyed("c", p)]);
    expect(answers).toEqual([
      { status: "created" },
      { status: "created" },
      { status: "duplicate", state: "enqueued", id: "a" },
    ]);
    expect(await store.release([{ key: "same", partition: q }])).toEqual(["released"]);
    expect((await store.enqueue([keyed("d", p), keyed("e", q)])).map(({ status }) => status)).toEqual([
      "duplicate",
      "created",
    ]);
  });

  test("need a partition, and a batch without one is refused before anything is sent", async () => {
    const store = adapter({ shards: 2 });
    await expect(store.enqueue([job("x"), keyed("a")])).rejects.toThrow("must have a partition");
    expect(await store.get([{ id: "x" }])).toEqual([undefined]);
    await expect(store.release([{ key: "same" }])).rejects.toThrow("must have a partition");
  });
});

describe("jobs that come after others", () => {
  test("have the partition of those, or are refused before anything is sent", async () => {
    const store = adapter({ shards: 2 });
    const together = { partition: "p" };
    const after = (partition: string) => ({ jobs: [{ id: "a", partition }], onFailed: "dead" as const });
    await expect(
      store.enqueue([job("a", { partition: "q" }), job("b", { ...together, after: after("q") })]),
    ).rejects.toThrow("must have one partition: b has p, a has q");
    expect(await store.get([{ id: "a", partition: "q" }])).toEqual([undefined]);
    await store.enqueue([job("b", { ...together, after: after("p") }), job("a", together)]);
    expect((await store.get([{ id: "b", ...together }]))[0]?.state).toBe("blocked");
  });
});

describe("jobs of several shards", () => {
  test("are spread by their partition, or else their id, and answered in their places", async () => {
    const store = adapter({ shards: 3 });
    await store.enqueue([job("user:7")]);
    const answers = await store.enqueue(jobs(20));
    expect(answers.map(({ status }) => status === "duplicate")).toEqual(answers.map((_, i) => i === 7));
    const found = await store.get(jobs(22));
    expect(found.map((row) => row?.id)).toEqual(jobs(22).map(({ id }, i) => (i < 20 ? id : undefined)));
    const together = jobs(20).map(({ id }) => job(`${id}:mail`, { partition: "one" }));
    await store.enqueue(together);
    expect((await store.get(together.map(({ id }) => ({ id, partition: "one" })))).every(Boolean)).toBe(true);
    expect(await store.get([{ id: "user:7:mail" }, { id: "user:8:mail" }, { id: "user:9:mail" }])).toContain(undefined);
  });

  test("are listed in pages, each once, and counted together", async () => {
    const store = adapter({ shards: 3 });
    await store.enqueue(jobs(23));
    await store.enqueue([job("other", { queue: "other" })]);
    await store.pause("other");
    for (const limit of [1, 4, 8, 24, 100]) {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list(cursor === undefined ? { limit } : { limit, cursor });
        expect(page.jobs.length).toBeLessThanOrEqual(limit);
        ids.push(...page.jobs.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      // Whichever shard they are in.
      expect(ids).toEqual([...jobs(23).map(({ id }) => id), "other"].sort());
    }
    const counts = [...(await store.counts())].sort((a, b) => (a.queue < b.queue ? -1 : 1));
    expect(counts).toEqual([
      { queue: "default", paused: false, counts: { enqueued: 23 } },
      { queue: "other", paused: true, counts: { enqueued: 1 } },
    ]);
  });

  test("are claimed from all shards, up to the limit of each queue in all", async () => {
    const store = adapter({ shards: 3 });
    await store.enqueue(jobs(20));
    const claim = () => store.claim({ queues: [{ name: "default", limit: 12 }], leaseMs: 30_000 });
    const [first, second, third] = [await claim(), await claim(), await claim()];
    expect([first.length, second.length, third.length]).toEqual([12, 8, 0]);
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(20);
  });
});

describe("the number of shards", () => {
  const mismatch = { code: "shard_mismatch" };

  test("is written into each object: a client with another number is refused", async () => {
    await adapter({ shards: 4 }).enqueue(jobs(20));
    for (const shards of [1, 2, 3, 5, 8]) {
      for (const { id } of jobs(20)) await expect(adapter({ shards }).get([{ id }])).rejects.toMatchObject(mismatch);
    }
    expect((await adapter({ shards: 4 }).get([{ id: "user:1" }]))[0]?.id).toBe("user:1");
  });

  test("is agreed on with the first shard, before an object that is new takes a job", async () => {
    const touched = jobs(20).find(({ id }) => shardOf(id, 4) === 0) ?? job("none");
    await adapter({ shards: 4 }).enqueue([touched]);
    const onlyNew = jobs(200).filter(({ id }) => shardOf(id, 8) >= 4);
    await expect(adapter({ shards: 8 }).enqueue(onlyNew)).rejects.toMatchObject(mismatch);
    expect(await adapter({ shards: 4 }).counts()).toMatchObject([{ counts: { enqueued: 1 } }]);
  });

  test("may be another under another name", async () => {
    await adapter({ shards: 1 }).enqueue([job("a")]);
    await adapter({ shards: 2, name: `${name()}-v2` }).enqueue([job("a")]);
  });

  test("is a whole number from one", () => {
    for (const shards of [0, -1, 1.5, Number.NaN]) {
      expect(() => adapter({ shards })).toThrow(expect.objectContaining({ code: "invalid_option" }));
    }
  });

  test("is all that must agree: a deploy that changes the lease settles and renews what was claimed before it", async () => {
    await adapter({}).enqueue([job("a"), job("b")]);
    const [a, b] = await adapter({}).claim({ queues: [{ name: "default", limit: 2 }], leaseMs: 30_000 });
    const after = adapter({ lease: 5_000 });
    const leases = [a, b].map((one) => ({ id: one?.id ?? "", token: one?.token ?? 0 }));
    expect(await after.renew(leases, 5_000)).toEqual(["held", "held"]);
    const settlements = leases.map((lease) => ({ ...lease, outcome: { type: "complete" as const } }));
    expect(await after.settle(settlements)).toEqual(["accepted", "accepted"]);
  });
});

test("large batches go in several messages", async () => {
  const store = adapter({});
  const payload = JSON.stringify("x".repeat(store.traits.maxPayloadBytes - 2));
  const large = jobs(40).map((one) => ({ ...one, payload }));
  expect((await store.enqueue(large)).map(({ status }) => status)).toEqual(large.map(() => "created"));
  const found = await store.get(large);
  expect(found.every((row) => row?.payload === payload)).toBe(true);
  const listed = await store.list({ limit: 40 });
  expect(listed.jobs.length).toBeLessThan(40);
  expect(listed.cursor).toBeDefined();
  const claimed = await store.claim({ queues: [{ name: "default", limit: 40 }], leaseMs: 30_000 });
  expect(claimed.length).toBeGreaterThan(4);
  expect(claimed.length).toBeLessThan(40);
});

test("the largest result fits beside the largest payload", async () => {
  const queue = createQueue(adapter({}));
  const work = defineJob("work", { input: anyInput });
  const filler = "é".repeat(adapter({}).traits.maxPayloadBytes / 2 - 20);
  const { id } = await queue.enqueue(work, { n: 1, filler } as { n: number });
  const claim = { queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 };
  const result = JSON.stringify(filler);
  for (let failures = 0; failures < 10; failures++) {
    const failure = { message: "x".repeat(1_000), stack: "y".repeat(3_000) };
    const [claimed] = await adapter({}).claim(claim);
    await adapter({}).settle([{ id, token: claimed?.token ?? 0, outcome: { type: "retry", delayMs: 0, failure } }]);
  }
  const [last] = await adapter({}).claim(claim);
  const outcome = { type: "complete", result } as const;
  expect(await adapter({}).settle([{ id, token: last?.token ?? 0, outcome }])).toEqual(["accepted"]);
  expect((await adapter({}).get([{ id }]))[0]?.result).toBe(result);
});

describe("a shard that is away", () => {
  const claim = { queues: [{ name: "default", limit: 100 }], leaseMs: 30_000 };
  /** A client that one shard does not answer, and the others late. */
  const without = (shard: number) => {
    const name3 = { name: name(), shards: 3 };
    const namespace = {
      getByName: (of: string) => ({
        async jobs(call: never) {
          if (of === (shard === 0 ? name() : `${name()}:${shard}`)) throw new Error("away");
          await scheduler.wait(20);
          return env.KEEPER.getByName(of).jobs(call);
        },
      }),
    };
    return { lame: durableObjects(namespace, name3), whole: durableObjects(env.KEEPER, name3) };
  };
  const refs = Array.from({ length: 12 }, (_, i) => ({ name: `schedule-${i}`, rule: "every 1h" }));
  const isThere = ({ name: of }: { readonly name: string }) => shardOf(schedulePartition(of), 3) !== 1;

  test("takes along nothing of what the others hand out", async () => {
    const { lame, whole } = without(1);
    await whole.enqueue(jobs(20));
    const there = jobs(20).filter(({ id }) => shardOf(id, 3) !== 1);
    expect((await lame.claim(claim)).map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
    await expect(lame.claim(claim)).rejects.toThrow("away");
  });

  test("keeps the others neither from declaring schedules nor from firing them, and the call can be repeated", async () => {
    const { lame, whole } = without(1);
    await whole.get([{ id: "a" }]); // the number of shards is agreed on
    const from = Date.now();
    time.now = () => from;
    await expect(lame.declare(refs)).rejects.toMatchObject({ code: "shard_failed", cause: new Error("away") });
    time.now = () => from + 1_000;
    const { rows } = await whole.declare(refs);
    expect(rows.map(({ cursor }) => cursor - from)).toEqual(refs.map((ref) => (isThere(ref) ? 0 : 1_000)));

    const steps = refs.map((ref, i) => {
      const at = rows[i]?.cursor ?? 0;
      return { ...ref, from: at, to: at + 1, job: job(ref.name, { partition: schedulePartition(ref.name) }) };
    });
    await expect(lame.advance(steps)).rejects.toMatchObject({ code: "shard_failed" });
    const again = await whole.advance(steps);
    expect(again.map(({ status }) => status)).toEqual(refs.map((ref) => (isThere(ref) ? "behind" : "moved")));
    expect((await whole.claim(claim)).map(({ id }) => id).toSorted()).toEqual(
      refs.map(({ name: of }) => of).toSorted(),
    );
  });

  test("keeps no dead letter of the others, nor takes along what is told of them", async () => {
    const { lame, whole } = without(0);
    await whole.enqueue(jobs(20));
    const outcome = { type: "dead", failure: { message: "no" } } as const;
    await whole.settle((await whole.claim(claim)).map(({ id, token }) => ({ id, token, outcome })));
    time.now = () => Date.now() + 40 * 86_400_000;
    const there = jobs(20).filter(({ id }) => shardOf(id, 3) !== 0);
    expect((await lame.prune(100)).map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
    await expect(lame.prune(100)).rejects.toMatchObject({ code: "shard_failed" });
    expect(await whole.prune(100)).toHaveLength(20 - there.length);
  });

  test("keeps only its own schedules from firing", async () => {
    const { lame, whole } = without(1);
    await whole.get([{ id: "a" }]);
    let now = Date.now();
    time.now = () => now;
    const work = defineJob("work", { input: anyInput });
    const schedules = refs.map(({ name: of }) => schedule(of, every("1h"), work.with({ n: 1 })));
    const tick = () => createWorker(lame, { handlers: [], schedules, log: quiet }).tick();
    await expect(tick()).rejects.toMatchObject({ code: "shard_failed" });
    now += 2 * 3_600_000;
    await expect(tick()).rejects.toMatchObject({ code: "shard_failed" });
    const fired = (await whole.list({ limit: 100 })).jobs.map(({ partition = "" }) => partition);
    expect(fired).toEqual(
      refs
        .filter(isThere)
        .map(({ name: of }) => schedulePartition(of))
        .toSorted(),
    );
  });
});
