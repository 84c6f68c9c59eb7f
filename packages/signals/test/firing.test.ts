import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { type AlertRules, evaluate, firing } from "../src/index.ts";

const HOUR = 3_600_000;

test("a rule fires for whoever looks from its evaluation until it has resolved, and a look changes nothing", async () => {
  let now = 0;
  const adapter = memory({ clock: () => now, stats: statistics() });
  const rules: AlertRules = {
    waits: { severity: "critical", measure: "depth", above: 0 },
    quiet: { severity: "warning", measure: "depth", above: 100 },
  };
  expect(await firing(adapter, { rules })).toEqual([]);
  await adapter.enqueue([
    { id: "a", name: "a", queue: "a", payload: "{}", headers: { v: "1" }, priority: 5, due: { inMs: 0 }, keepMs: 0 },
  ]);
  expect(await firing(adapter, { rules })).toEqual([]);
  expect((await adapter.listSchedules({ limit: 10 })).schedules).toEqual([]);
  await evaluate(adapter, { rules });
  now = HOUR;
  expect(await firing(adapter, { rules })).toMatchObject([{ rule: "waits", severity: "critical" }]);
  expect((await firing(adapter, { rules }))[0]?.since).toBeLessThan(HOUR);
  // Of the rules that are asked for, whatever others the store knows.
  expect(await firing(adapter, { rules: {} })).toEqual([]);
  await adapter.remove([{ id: "a" }]);
  // Its own alert waits, too.
  const only = { queues: ["a"] };
  await evaluate(adapter, { rules: { waits: { severity: "critical", measure: "depth", above: 0, only } } });
  expect(await firing(adapter, { rules })).toEqual([]);
});
