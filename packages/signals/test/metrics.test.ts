import type { StatsWindow } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";

import { metrics } from "../src/index.ts";
import { HOUR, MINUTE, crane, setting, patched } from "./setting.ts";

test("rates are counts by the time that is covered", async () => {
  const { adapter, put, work, pass } = setting();
  await put(30);
  await work();
  pass(10_000);
  const { queues, coversMs } = await metrics(adapter, { window: "minute" });
  expect(coversMs).toBe(10_000);
  expect(queues).toMatchObject([
    {
      queue: "quay",
      enqueued: 30,
      completed: 30,
      failed: 0,
      dead: 0,
      perSecond: { enqueued: 3, completed: 3, dead: 0 },
    },
  ]);
});

test("a store that began a moment ago shows no rate that was never there", async () => {
  const { adapter, put } = setting();
  await put(2);
  expect((await metrics(adapter)).queues[0]?.perSecond.enqueued).toBe(2);
});

test("a retried job tells how many attempts it took, in the window it ends in", async () => {
  const { adapter, put, work, pass, queue } = setting();
  await put(1, { ms: 0, end: "again" });
  for (let attempt = 0; attempt < 3; attempt++) {
    await work();
    pass(1_500);
  }
  const [seen] = (await metrics(adapter)).queues;
  expect(seen).toMatchObject({ failed: 2, dead: 1, depth: { dead: 1, enqueued: 0 } });
  expect((await queue.list({ state: "dead" })).jobs).toHaveLength(1);
});

test("what is not in the allow-list becomes no label", async () => {
  const { adapter, put, work } = setting();
  await put(1);
  await put(1, { ms: 0, end: "well" }, crane);
  await work();
  const seen = await metrics(adapter, { only: { queues: ["yard"], names: ["load"] } });
  expect(seen.queues.map(({ queue }) => queue)).toEqual(["yard"]);
  expect(seen.names.map(({ name }) => name)).toEqual(["load"]);
});

test("the baseline is the day without its last hour", async () => {
  const { adapter, put, work, pass } = setting();
  await put(10, { ms: 100, end: "well" });
  await work();
  expect((await metrics(adapter)).names[0]?.baseline).toEqual({
    count: 0,
    p50: undefined,
    p95: undefined,
    p99: undefined,
  });
  pass(HOUR + 5 * MINUTE);
  await put(10, { ms: 900, end: "well" });
  await work();
  const [seen] = (await metrics(adapter)).names;
  expect(seen?.ran.count).toBe(10);
  expect(seen?.baseline.count).toBe(10);
  expect(Math.round((seen?.ran.p99 ?? 0) / (seen?.baseline.p99 ?? 1))).toBe(9);
});

test("metrics survive JSON", async () => {
  const { adapter, put, work } = setting();
  await put(3, { ms: 40, end: "well" });
  await work();
  const seen = await metrics(adapter);
  expect(JSON.parse(JSON.stringify(seen))).toEqual(JSON.parse(JSON.stringify(seen)));
  expect({ ...JSON.parse(JSON.stringify(seen)) }).toMatchObject({ window: "hour", names: [{ name: "load" }] });
});

test("a store is asked for each window once", async () => {
  const { adapter } = setting();
  const asked: string[] = [];
  const watched = patched(adapter, {
    stats: (window) => {
      asked.push(window);
      return adapter.stats(window);
    },
  });
  await metrics(watched, { window: "minute" });
  expect(asked.splice(0).sort()).toEqual(["day", "hour", "minute"]);
  await metrics(watched, { window: "hour" });
  expect(asked.splice(0).sort()).toEqual(["day", "hour"]);
  await metrics(watched, { window: "day" });
  expect(asked.splice(0).sort()).toEqual(["day", "hour"]);
});

test("of a store that fails the metrics say so with a code, and with the driver's error as its cause", async () => {
  const store = memory({ stats: statistics() });
  const cause = new Error("connection terminated");
  const noDay = (window: StatsWindow) => (window === "day" ? Promise.reject(cause) : store.stats(window));
  for (const [verb, fail] of [
    ["counts", () => Promise.reject(cause)],
    ["stats", () => Promise.reject(cause)],
    ["stats", noDay],
    ["workers", () => Promise.reject(cause)],
  ] as const) {
    const message = `The backend failed to ${verb} (Error): see the error's cause, and call again.`;
    await expect(metrics({ ...store, [verb]: fail })).rejects.toMatchObject({ code: "backend_failed", message, cause });
  }
});
