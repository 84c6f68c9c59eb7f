import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import {
  type AnySchema,
  type Definition,
  type Feature,
  type JobOptions,
  createQueue,
  defineJob,
  fixed,
  handle,
} from "@longshore/core";
import type { JobState, Outcome } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { durableObjects } from "../src/index.ts";
import type { Bill } from "./meter.ts";
import { anyInput } from "./schema.ts";
import { crew, metering } from "./worker.ts";

// A row written costs a thousand times what a row read costs, and the schema is made for that.
// All figures are from the cursors; `setAlarm` is one more row, which no cursor shows.

const plain = defineJob("plain", { input: anyInput, keep: 0 });
const kept = defineJob("kept", { input: anyInput, keep: "1d" });
const limited = defineJob("limited", { input: anyInput, keep: 0, concurrency: { key: () => "same", limit: 1 } });
const paced = defineJob("paced", { input: anyInput, keep: 0, throttle: { limit: 1_000, per: "1ms", burst: 1_000 } });
const fresh = defineJob("fresh", { input: anyInput, keep: 0, startWithin: "1h" });
const HOUR = 3_600_000;
const { meter } = metering;
let objects = 0;
let ahead = 0;

beforeEach(() => {
  crew.adapter = { name: `budget-${++objects}` };
  ahead = 0;
  metering.options = { clock: () => Date.now() + ahead };
  crew.handlers = [plain, kept, limited, paced, fresh].map((definition) => handle(definition, () => {}));
});

type Any = Definition<AnySchema, AnySchema | undefined, Feature>;
const adapter = () => durableObjects(env.METERED, crew.adapter);
const stub = () => env.METERED.getByName(crew.adapter.name ?? "");
const enqueue = (jobs: number, options: JobOptions = {}, definition: Any = plain) =>
  createQueue(adapter()).enqueueMany(Array.from({ length: jobs }, (_, n) => definition.with({ n }, options)));

/** What each job cost, from before they are enqueued until at least so many are settled. */
async function costOf(jobs: number, work: () => Promise<unknown>): Promise<Bill> {
  const before = { ...meter };
  await work();
  await vi.waitUntil(() => meter.settled >= before.settled + jobs, { interval: 1, timeout: 200_000 });
  const settled = meter.settled - before.settled;
  const each = (name: keyof Bill): number => (meter[name] - before[name]) / settled;
  return {
    rowsWritten: each("rowsWritten"),
    rowsRead: each("rowsRead"),
    alarms: each("alarms"),
    requests: each("requests"),
  };
}
/** In batches, each when the one before is settled. */
async function inTurn(batches: number, size: number, options?: JobOptions, definition?: Any): Promise<void> {
  for (let batch = 0; batch < batches; batch++) await costOf(size, () => enqueue(size, options, definition));
}
/** One job before the others, so that the tables are made, the schedules looked at, and an alarm stands. */
const warmUp = () => inTurn(2, 1);

describe("rows written over the whole life of a job", () => {
  test("one that comes alone and starts at once costs 2: the ledger with it, and without it", async () => {
    await warmUp();
    expect((await costOf(50, () => inTurn(50, 1))).rowsWritten).toBe(2);
  });

  test("a large one that comes alone and starts at once costs 3: its row, the ledger, and its row's end", async () => {
    await warmUp();
    const large = { n: 1, text: "x".repeat(2_000) };
    expect((await costOf(1, () => createQueue(adapter()).enqueue(plain, large))).rowsWritten).toBe(3);
  });

  test("one with a unique key costs two more, and others none in an object that has seen keys", async () => {
    const keyed = { unique: { key: "same" } };
    await inTurn(2, 1, keyed);
    expect((await costOf(50, () => inTurn(50, 1, keyed))).rowsWritten).toBe(4);
    await warmUp();
    expect((await costOf(50, () => inTurn(50, 1))).rowsWritten).toBe(2);
  });

  test("one with a rate costs two more, its own row and its key's, and one that must begin in time none", async () => {
    await inTurn(2, 1, {}, paced);
    expect((await costOf(50, () => inTurn(50, 1, {}, paced))).rowsWritten).toBe(4);
    await inTurn(2, 1, {}, fresh);
    expect((await costOf(50, () => inTurn(50, 1, {}, fresh))).rowsWritten).toBe(2);
  });

  test("one with limits costs one more if it starts at once, and others none in an object that has seen limits", async () => {
    await inTurn(2, 1, {}, limited);
    expect((await costOf(50, () => inTurn(50, 1, {}, limited))).rowsWritten).toBe(3);
    await warmUp();
    expect((await costOf(50, () => inTurn(50, 1))).rowsWritten).toBe(2);
  });

  test("one that waits behind its key costs 7: its turn writes its row and an entry in each index", async () => {
    await inTurn(2, 1, {}, limited);
    const waiting = await costOf(50, () => enqueue(50, {}, limited));
    expect(waiting.rowsWritten).toBeLessThanOrEqual(7);
  });

  test("nine and one that waits for them cost 24; a sweep removes the nine", async () => {
    await warmUp();
    const family = async () => {
      const parents = Array.from({ length: 9 }, (_, n) => plain.with({ n }));
      await createQueue(adapter()).enqueueMany([...parents, plain.with({ n: 9 }, { after: parents })]);
    };
    await costOf(10, family);
    const cost = await costOf(10, family);
    expect(cost.rowsWritten * 10).toBe(24);
  });

  test("each of ten that start at once costs 0.2", async () => {
    await warmUp();
    expect((await costOf(500, () => inTurn(50, 10))).rowsWritten).toBe(0.2);
  });

  test("each of a hundred that start at once costs at most 0.11: they are settled in tens, which may share a commit", async () => {
    await warmUp();
    expect((await costOf(500, () => inTurn(5, 100))).rowsWritten).toBeLessThanOrEqual(0.11);
  });

  test("each of ten that fail once costs 0.4, and 0.6 where they do not end together", async () => {
    const failing = defineJob("failing", {
      input: anyInput,
      keep: 0,
      retry: fixed({ attempts: 2, delay: 5, jitter: 0 }),
    });
    const fail = (_input: unknown, { attempt }: { readonly attempt: number }): void => {
      if (attempt === 1) throw new Error("not yet");
    };
    crew.handlers.push(handle(failing, fail));
    await warmUp();
    // Both attempts are settled.
    const cost = await costOf(20, () => enqueue(10, {}, failing));
    expect(cost.rowsWritten * 2).toBeLessThanOrEqual(0.6);
  });

  test("an id of one's own costs nothing", async () => {
    await warmUp();
    const cost = await costOf(10, async () => {
      for (const id of "9a~Z:@/.=u") await inTurn(1, 1, { id });
    });
    expect(cost.rowsWritten).toBe(2);
  });

  test("one that is kept costs little more: it shares a row, and that row's removal, with others", async () => {
    await warmUp();
    const alone = await costOf(100, () => inTurn(100, 1, {}, kept));
    const tens = await costOf(1_000, () => inTurn(100, 10, {}, kept));
    const hundreds = await costOf(1_000, () => inTurn(10, 100, {}, kept));
    ahead = 25 * HOUR;
    const before = meter.rowsWritten;
    await adapter().prune(100);
    expect((await adapter().list({ limit: 1 })).jobs).toEqual([]);
    const removal = (meter.rowsWritten - before) / 2_100;
    expect(removal).toBeLessThan(0.03);
    expect(alone.rowsWritten + removal).toBeLessThan(2.06);
    expect(tens.rowsWritten + removal).toBeLessThan(0.26);
    expect(hundreds.rowsWritten + removal).toBeLessThan(0.17);
    for (const { rowsRead } of [alone, tens, hundreds]) expect(rowsRead).toBeLessThanOrEqual(8);
  });

  test("a large one that is kept costs two more, for its row: that and its removal", async () => {
    await warmUp();
    const large = { n: 1, text: "x".repeat(2_000) };
    expect((await costOf(1, () => createQueue(adapter()).enqueue(kept, large))).rowsWritten).toBe(3);
    ahead = 25 * HOUR;
    const before = meter.rowsWritten;
    await adapter().prune(100);
    // And the ledger, which has no kept job any more.
    expect(meter.rowsWritten - before).toBeLessThanOrEqual(2);
    expect((await adapter().list({ limit: 1 })).jobs).toEqual([]);
  });

  const sizes = [
    ["in chunks", "", "kept"],
    ["with rows", "x".repeat(2_000), "jobs"],
  ] as const;
  test.for(sizes)(
    "kept ones %s are removed by later claims, without anybody asking, at less than one more row in a hundred",
    async ([, text, table]) => {
      await warmUp();
      const large = { n: 0, text };
      const requests = Array.from({ length: 10 }, () => kept.with(large));
      for (let batch = 0; batch < 60; batch++) await costOf(10, () => createQueue(adapter()).enqueueMany(requests));
      const rows = () =>
        runInDurableObject(stub(), (_, { storage }) =>
          storage.sql.exec<{ n: number }>(`SELECT count(*) n FROM longshore_${table}`).one(),
        );
      const { n } = await rows();
      expect(n).toBeGreaterThan(9);
      ahead = 25 * HOUR;
      const cost = await costOf(3_000, () => inTurn(300, 10));
      expect(await rows()).toEqual({ n: 0 });
      expect(cost.rowsWritten).toBeLessThan(0.2 + n / 3_000 + 0.01);
    },
  );

  test("one that has to wait costs one more, in the ledger or, among many, in its row's index entry", async () => {
    await warmUp();
    await adapter().pause("default");
    const tens = await costOf(500, async () => {
      await enqueue(500);
      await adapter().resume("default");
    });
    expect(tens.rowsWritten).toBeLessThanOrEqual(3.1);
    const alone = await costOf(1, async () => {
      await enqueue(1, { delay: 5 });
    });
    expect(alone.rowsWritten).toBe(3);
  });
});

describe("statistics", () => {
  test("cost one row in a hundred jobs", async () => {
    metering.options = {
      ...metering.options,
      get stats() {
        return statistics();
      },
    };
    await warmUp();
    const { rowsWritten } = await costOf(300, () => inTurn(300, 1));
    expect(rowsWritten).toBeGreaterThan(2);
    expect(rowsWritten).toBeLessThanOrEqual(2.011);
  });
});

describe("alarms", () => {
  const alarmAt = () => runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());

  test("a job that comes alone to an idle object sets one, which fires once and sets no other", async () => {
    await warmUp();
    await runDurableObjectAlarm(stub());
    expect(await alarmAt()).toBe(null);
    await evictDurableObject(stub());
    expect((await costOf(1, () => enqueue(1))).alarms).toBe(1);
    const { alarms } = meter;
    await runDurableObjectAlarm(stub());
    expect(await alarmAt()).toBe(null);
    expect(meter.alarms).toBe(alarms);
  });

  test("under steady load a job costs less than a twentieth of one, with leases of a second", async () => {
    metering.options = { lease: 1_000 };
    crew.adapter = { ...crew.adapter, lease: 1_000 };
    await warmUp();
    const startedAt = Date.now();
    const { alarms } = await costOf(600, () => inTurn(600, 1));
    // One that rings may set the next: how many ring in a second is no matter of the number of jobs.
    const seconds = (Date.now() - startedAt) / 1_000;
    expect(alarms).toBeLessThan(Math.max(0.05, (3 * seconds) / 600));
  });

  test("a thousand jobs that come due at different times share alarms", async () => {
    await warmUp();
    const requests = Array.from({ length: 1_000 }, (_, n) => plain.with({ n }, { delay: n }));
    const cost = await costOf(1_000, () => createQueue(adapter()).enqueueMany(requests));
    expect(cost.alarms).toBeLessThan(0.05);
  });
});

describe("rows read with 20 000 jobs waiting", () => {
  const WAITING = 20_000;

  test("a job that starts at once beside them costs at most 12, one of them as well, and coming back after an eviction 15", async () => {
    const other = defineJob("other", { input: anyInput, keep: 0, queue: "other" });
    crew.handlers.push(handle(other, () => {}));
    await warmUp();
    await adapter().pause("default");
    for (let waiting = 0; waiting < WAITING; waiting += 1_000) await enqueue(1_000);
    const alone = await costOf(50, () => inTurn(50, 1, {}, other));
    expect(alone.rowsRead).toBeLessThanOrEqual(12);
    expect(alone.rowsWritten).toBe(2);
    // Without a runner, which would run all of them.
    metering.options = { runner: false };
    await evictDurableObject(stub());
    const asleep = meter.rowsRead;
    await adapter().resume("default");
    // It looks where each line begins, and at no line from its first job to its last.
    expect(meter.rowsRead - asleep).toBeLessThanOrEqual(15);
    const through = await costOf(500, async () => {
      for (let batch = 0; batch < 50; batch++) {
        const jobs = await adapter().claim({ queues: [{ name: "default", limit: 10 }], leaseMs: 30_000 });
        await adapter().settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
      }
    });
    expect(through.rowsRead).toBeLessThanOrEqual(12);
    expect(through.rowsWritten).toBeLessThanOrEqual(1.11);
  });
});

describe("rows read by a count", () => {
  const take = (limit: number) => adapter().claim({ queues: [{ name: "default", limit }], leaseMs: 30_000 });
  const end = async (limit: number, outcome: Outcome) =>
    adapter().settle((await take(limit)).map(({ id, token }) => ({ id, token, outcome })));
  const readBy = async (states?: readonly JobState[]): Promise<number> => {
    await adapter().counts(states);
    const { rowsRead } = meter;
    await adapter().counts(states);
    return meter.rowsRead - rowsRead;
  };
  /** Four of each that is leased, to take it off again, and one to end. */
  const LEASED = 20;
  const more = 4 * LEASED + 2;

  /** So large that each has a row. */
  const text = "x".repeat(2_000);
  const large = Array.from({ length: 1_000 }, (_, n) => {
    const input = { n, text };
    return kept.with(input);
  });

  test("of what waits, runs or is dead are none of the kept ones: one of each that waits, two of each dead", async () => {
    metering.options = { ...metering.options, runner: false };
    await createQueue(adapter()).enqueueMany(large);
    await end(1_000, { type: "complete" });
    await enqueue(110 + LEASED);
    await end(10, { type: "dead", failure: { message: "no use" } });
    await take(LEASED);
    const [standing] = await adapter().counts();
    expect(standing?.counts).toEqual({ completed: 1_000, dead: 10, active: LEASED, enqueued: 100 });
    expect(await readBy(["active", "stalled"])).toBeLessThanOrEqual(more);
    expect(await readBy(["dead"])).toBeLessThanOrEqual(2 * 10 + more);
    // Those that run stand in the index as well.
    expect(await readBy(["enqueued"])).toBeLessThanOrEqual(100 + LEASED + more);
    expect(await readBy(["enqueued", "stalled", "dead"])).toBeLessThanOrEqual(100 + LEASED + 2 * 10 + 3 * more);
  });

  test("of all are none of those that share rows", async () => {
    metering.options = { ...metering.options, runner: false };
    await enqueue(1_000, {}, kept);
    await end(1_000, { type: "complete" });
    expect((await adapter().counts())[0]?.counts).toEqual({ completed: 1_000 });
    // Of tables that have none.
    expect(await readBy()).toBeLessThanOrEqual(3);
  });

  test("of all are two of each that has a row, whoever runs", async () => {
    metering.options = { ...metering.options, runner: false };
    await createQueue(adapter()).enqueueMany(large);
    await end(500, { type: "complete" });
    await take(LEASED);
    expect(await readBy()).toBeLessThanOrEqual(2 * 1_000 + more);
    expect(await readBy(["enqueued", "delayed"])).toBe(await readBy());
  });
});
