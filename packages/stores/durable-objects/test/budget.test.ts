import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { createQueue, defineJob, fixed, handle } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { beforeEach, describe, expect, test } from "vitest";
import { adapter, anew, costOf, enqueue, inTurn, plain, stub, warmUp } from "./billed.ts";
import { anyInput } from "./schema.ts";
import { crew, metering } from "./worker.ts";

// A row written costs a thousand times what a row read costs, and the schema is made for that.
// All figures are from the cursors; `setAlarm` is one more row, which no cursor shows.

const limited = defineJob("limited", { input: anyInput, keep: 0, concurrency: { key: () => "same", limit: 1 } });
const paced = defineJob("paced", { input: anyInput, keep: 0, throttle: { limit: 1_000, per: "1ms", burst: 1_000 } });
const fresh = defineJob("fresh", { input: anyInput, keep: 0, startWithin: "1h" });
const single = defineJob("single", { input: anyInput, keep: 0, unique: { key: ({ n }) => n } });
const { meter } = metering;

beforeEach(() => anew(limited, paced, fresh, single));

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

  test("one with a unique key costs none more, nor do others in an object that has seen keys", async () => {
    const keyed = { unique: { key: "same" } };
    await inTurn(2, 1, keyed);
    expect((await costOf(50, () => inTurn(50, 1, keyed))).rowsWritten).toBe(2);
    await inTurn(2, 10, {}, single);
    expect((await costOf(500, () => inTurn(50, 10, {}, single))).rowsWritten).toBe(0.2);
    await warmUp();
    expect((await costOf(50, () => inTurn(50, 1))).rowsWritten).toBe(2);
  });

  test("a large one with a unique key costs one more than others: its row has an entry in the index", async () => {
    await inTurn(2, 1, {}, single);
    const large = { n: 1, text: "x".repeat(2_000) };
    const cost = await costOf(1, () => createQueue(adapter()).enqueue(single, large));
    expect(cost.rowsWritten).toBe(4);
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
