import { env } from "cloudflare:workers";
import { type JobOptions, LongshoreError, createQueue, defineJob, handle } from "@longshore/core";
import { type Statistics, statistics } from "@longshore/core/stats";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createJobs, durableObjects } from "../src/index.ts";
import { createCommits } from "../src/object/commits.ts";
import { anyInput } from "./schema.ts";
import { crew, gate, metering, quiet } from "./worker.ts";

const { meter } = metering;
const plain = defineJob("plain", { input: anyInput, keep: 0 });
let objects = 0;

beforeEach(() => {
  crew.adapter = { name: `commits-${++objects}` };
  crew.schedules = [];
  crew.handlers = [handle(plain, () => {})];
  metering.options = {};
});

const queue = () => createQueue(durableObjects(env.METERED, crew.adapter));
const enqueue = (n: number, options?: JobOptions) => queue().enqueue(plain, { n }, options);
const until = (condition: () => unknown) => vi.waitUntil(condition, { interval: 1, timeout: 200_000 });
const settled = (jobs: number): Promise<unknown> => {
  const wanted = meter.settled + jobs;
  return until(() => meter.settled >= wanted);
};
const numbers = (length: number): number[] => Array.from({ length }, (_, n) => n);

describe("calls of one object", () => {
  /** Commits over a store that counts its transactions, on a clock that the test moves. `durable`: the last one is, by now. */
  function counted() {
    const groups: number[] = [];
    let durable = (): void => {};
    const sync = () => new Promise<void>((resolve) => (durable = resolve));
    const group = <T>(work: () => T): T => {
      const answer = work();
      groups.push((answer as readonly unknown[]).length); // of a group
      return answer;
    };
    return { groups, share: createCommits({ atomic: { group } as never }, sync), durable: async () => durable() };
  }
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("do not wait for others when they come alone, and share a commit when they come together", async () => {
    const { groups, share } = counted();
    expect(share(() => 1)).toBe(1);
    vi.advanceTimersByTime(1);
    expect(share(() => 2)).toBe(2);
    const together = [share(() => 3), share(() => 4), share(() => 5)];
    expect(groups).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(groups).toEqual([3]);
    expect(await Promise.all(together)).toEqual([3, 4, 5]);
    // After several others gather longer.
    vi.advanceTimersByTime(1);
    const more = [share(() => 6), share(() => 7)];
    expect(groups).toEqual([3]);
    vi.advanceTimersByTime(1);
    expect(groups).toEqual([3, 2]);
    expect(await Promise.all(more)).toEqual([6, 7]);
  });

  test("do not wait when they come one after the other, each after the answer to the one before", async () => {
    const { groups, share, durable } = counted();
    for (const n of [1, 2, 3]) {
      expect(share(() => n)).toBe(n);
      await durable();
    }
    expect(groups).toEqual([]);
    // Nor does one wait for what had become durable before.
    expect(share(() => 4)).toBe(4);
    const other = share(() => 5);
    await durable();
    expect(share(() => 6)).toBeInstanceOf(Promise);
    vi.advanceTimersByTime(1);
    expect(groups).toEqual([2]);
    expect(await other).toBe(5);
  });

  test("take with them what may wait, which waits no longer than it may", async () => {
    const { groups, share } = counted();
    const waiting = [share(() => "first", 10), share(() => "second", 20)];
    vi.advanceTimersByTime(9);
    expect(groups).toEqual([]);
    const prompt = share(() => "prompt");
    expect(groups).toEqual([3]);
    expect(await Promise.all([...waiting, prompt])).toEqual(["first", "second", "prompt"]);
    for (const withinMs of [20, 10, 20]) void share(() => {}, withinMs);
    vi.advanceTimersByTime(10);
    expect(groups).toEqual([3, 3]);
    vi.advanceTimersByTime(10);
    expect(groups).toEqual([3, 3]);
  });

  test("do not wait for a clock that was set back", () => {
    const { share } = counted();
    vi.setSystemTime(1_000_000);
    expect(share(() => 1)).toBe(1);
    vi.setSystemTime(500_000);
    expect(share(() => 2)).toBe(2);
  });

  test("of which one throws are each done by themselves", async () => {
    const { share } = counted();
    let tries = 0;
    share(() => {});
    const bad = (): never => {
      throw new Error("bad");
    };
    const all = Promise.allSettled([share(() => ++tries), share(bad), share(() => ++tries)]);
    vi.advanceTimersByTime(2);
    expect(await all).toMatchObject([{ value: 2 }, { reason: { message: "bad" } }, { value: 3 }]);
  });
});

test("a settlement may wait 25 ms, and no longer", () => {
  for (const settleWithin of ["26ms", "1s"] as const)
    expect(() => createJobs({} as never, { settleWithin })).toThrow(
      "The settleWithin of createJobs must be at most 25 ms",
    );
});

describe("callers of one object", () => {
  test("write at most one row a job, and call it once: the runner brings the settlement back", async () => {
    await Promise.all([settled(1), enqueue(0)]);
    const before = { ...meter };
    const all = settled(200);
    const caller = async (): Promise<void> => {
      for (const n of numbers(10)) await enqueue(n);
    };
    await Promise.all(numbers(20).map(caller));
    await all;
    expect((meter.rowsWritten - before.rowsWritten) / 200).toBeLessThanOrEqual(1);
    // The first one's checks of schedules may come in between.
    expect(meter.requests - before.requests).toBeLessThan(205);
  });

  test("are not harmed by one of them whose call cannot be done", async () => {
    const stats: Statistics = {
      ...statistics(),
      enqueued({ queue: name }) {
        if (name === "bad") throw new LongshoreError("invalid_option", "bad");
      },
    };
    metering.options = { runner: false, stats };
    await enqueue(0);
    const bad = defineJob("bad", { input: anyInput, queue: "bad" });
    const good = numbers(10).map((n) => enqueue(n, { id: `job-${n}` }));
    const [failed, ...answers] = await Promise.allSettled([queue().enqueue(bad, { n: 0 }), ...good]);
    expect(failed).toMatchObject({ reason: { code: "invalid_option" } });
    expect(answers).toMatchObject(numbers(10).map(() => ({ value: { status: "created" } })));
    expect((await queue().counts())[0]?.counts).toEqual({ enqueued: 11 });
  });
});

test("a runner that does not bring its settlements back settles by a call, as before", async () => {
  const { opened, open } = gate();
  metering.options = {
    log: quiet,
    runner: {
      async run(jobs) {
        await opened;
        await durableObjects(env.METERED, crew.adapter).settle(
          jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })),
        );
      },
      tick: async () => {},
    },
  };
  const { id } = await enqueue(1);
  open();
  await until(async () => (await queue().get(id)) === undefined);
});

test("a follow-up job of a settlement that is brought back has its unique key within its partition", async () => {
  crew.adapter = { name: `commits-${++objects}`, shards: 2 };
  const followed = defineJob("followed", { input: anyInput, keep: 0, partition: () => "p" });
  crew.handlers = [
    handle(plain, () => {}),
    handle(followed, (_, { enqueue: follow }) => {
      follow(plain.with({ n: 1 }, { unique: { key: "k" }, partition: "p", delay: "1h" }));
    }),
  ];
  await queue().enqueue(followed, { n: 1 });
  const again = () => queue().enqueue(plain, { n: 2 }, { unique: { key: "k" }, partition: "p", delay: "1h" });
  await until(async () => (await queue().list()).jobs.length > 0);
  expect(await again()).toMatchObject({ status: "duplicate" });
  expect((await queue().list()).jobs.map(({ uniqueKey }) => uniqueKey)).toEqual(['n:default:plain:"k"']);
});
