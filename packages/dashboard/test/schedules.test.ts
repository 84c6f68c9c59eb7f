import { describe, expect, test } from "vitest";
import type { Overview, SchedulesView, Triggered } from "../src/api.ts";
import { dashboard } from "../src/index.ts";
import { askerOf } from "./asking.ts";
import { openShop } from "./setting.ts";

const HOUR = 3_600_000;

async function open() {
  const { adapter, queue, clock, schedules, rules } = await openShop();
  let ids = 0;
  const handler = dashboard(adapter, {
    authorize: () => ({ name: "operator", actions: true }),
    schedules,
    rules,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    platform: { now: clock.now, id: () => `${++ids}` },
  });
  return { adapter, queue, clock, ...askerOf(handler) };
}

describe("schedules", () => {
  test("are those of the store; of what was passed there are five times before and after now", async () => {
    const { json, clock } = await open();
    const { schedules, at } = await json<SchedulesView>("api/schedules");
    expect(at).toBe(clock.now());
    const noon = Date.UTC(2026, 10, 2, 12);
    expect(schedules).toMatchObject([
      { name: "cleanup", rule: "every 6h", known: true, nextAt: noon + 6 * HOUR },
      { name: "former", rule: "every 2h", known: false, nextAt: noon + 2 * HOUR },
    ]);
    expect(schedules[0]?.next).toEqual([6, 12, 18, 24, 30].map((hours) => noon + hours * HOUR));
    expect(schedules[0]?.last).toEqual([0, -6, -12, -18, -24].map((hours) => noon + hours * HOUR));
    expect(schedules[1]).not.toHaveProperty("next");
  });

  test("one is triggered, as often as somebody asks, and goes on as it was", async () => {
    const { json, post, queue } = await open();
    const before = await json<SchedulesView>("api/schedules");
    const trigger = async (): Promise<Triggered> =>
      (await (await post("api/trigger", { name: "cleanup" })).json()) as Triggered;
    const first = await trigger();
    const second = await trigger();
    expect(first.id).not.toBe(second.id);
    expect(await queue.get(first)).toMatchObject({
      state: "enqueued",
      name: "monthly-report",
      input: { month: "all" },
      metadata: { $schedule: "cleanup", $nominal_time: "2026-11-02T12:00:00.000Z" },
    });
    expect(await json("api/schedules")).toEqual(before);
  });

  test("one that was not passed is not triggered", async () => {
    const { post, queue } = await open();
    const before = await queue.counts();
    for (const name of ["former", "none", "", 1, undefined]) {
      expect((await post("api/trigger", { name })).status).toBe(400);
    }
    expect(await queue.counts()).toEqual(before);
  });
});

test("alerts are shown while their rule fires, and looking fires none", async () => {
  const { adapter, json } = await open();
  const firing = async (): Promise<Overview["alerts"]> => (await json<Overview>("api/overview")).alerts;
  expect(await firing()).toMatchObject([{ rule: "deadLetters", severity: "warning" }]);
  const before = await adapter.counts();
  await firing();
  expect(await adapter.counts()).toEqual(before);
});
