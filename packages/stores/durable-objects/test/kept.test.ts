import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { createQueue } from "@longshore/core";
import type { JobState, Outcome } from "@longshore/core/adapter";
import { beforeEach, describe, expect, test } from "vitest";
import { HOUR, adapter, anew, clock, costOf, enqueue, inTurn, kept, stub, warmUp } from "./billed.ts";
import { metering } from "./worker.ts";

// What jobs cost that are kept after their end: the small ones share rows.

const { meter } = metering;

beforeEach(() => anew());

describe("rows written", () => {
  test("one that is kept costs little more: it shares a row, and that row's removal, with others", async () => {
    await warmUp();
    const alone = await costOf(100, () => inTurn(100, 1, {}, kept));
    const tens = await costOf(1_000, () => inTurn(100, 10, {}, kept));
    const hundreds = await costOf(1_000, () => inTurn(10, 100, {}, kept));
    clock.aheadMs = 25 * HOUR;
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
    clock.aheadMs = 25 * HOUR;
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
      clock.aheadMs = 25 * HOUR;
      const cost = await costOf(3_000, () => inTurn(300, 10));
      expect(await rows()).toEqual({ n: 0 });
      expect(cost.rowsWritten).toBeLessThan(0.2 + n / 3_000 + 0.01);
    },
  );
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

describe("rows read after an eviction", () => {
  test("are one of each chunk, and a job is found by one more", async () => {
    metering.options = { ...metering.options, runner: false };
    for (let call = 0; call < 10; call++) {
      await enqueue(1_000, {}, kept);
      const jobs = await adapter().claim({ queues: [{ name: "default", limit: 1_000 }], leaseMs: 30_000 });
      await adapter().settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
    }
    const [oldest] = (await adapter().list({ limit: 1 })).jobs;
    const { n } = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec<{ n: number }>("SELECT count(*) n FROM longshore_kept").one(),
    );
    await evictDurableObject(stub());
    const before = meter.rowsRead;
    expect((await adapter().get([{ id: oldest?.id ?? "" }]))[0]?.state).toBe("completed");
    expect(meter.rowsRead - before).toBeLessThanOrEqual(n + 15);
    const found = meter.rowsRead;
    await adapter().get([{ id: oldest?.id ?? "" }, { id: "nobody" }]);
    expect(meter.rowsRead - found).toBeLessThanOrEqual(2);
    await adapter().counts();
    expect(meter.rowsRead - found).toBeLessThanOrEqual(6);
  });
});
