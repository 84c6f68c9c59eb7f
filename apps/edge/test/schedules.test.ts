import { expect, inject, test } from "vitest";
import { expressions, schedules } from "../src/schedules.ts";
import { type Setting, configuredSettings, setting } from "./setting.ts";

test("the triggers in wrangler.jsonc are the declared schedules", () => {
  expect(inject("crons").toSorted()).toEqual(expressions.toSorted());
  expect(schedules.map(({ rule }) => rule.text.replace(/ UTC$/, "")).toSorted()).toEqual(expressions.toSorted());
});

test("weekdays have names, because Cloudflare counts them from another day", () => {
  for (const expression of inject("crons")) expect(expression.split(" ")[4]).toMatch(/^(\*|[A-Z]{3})$/);
});

test("each fires when its name says", () => {
  // A Sunday evening.
  const sunday = Date.UTC(2026, 10, 1, 23, 58);
  const next = Object.fromEntries(
    schedules.map(({ name, rule }) => [name, new Date(rule.next(sunday) ?? 0).toISOString()]),
  );
  expect(next).toEqual({
    "daily-report": "2026-11-02T01:00:00.000Z",
    "clean-up-sessions": "2026-11-02T00:00:00.000Z",
    "weekly-digest": "2026-11-02T08:00:00.000Z",
    "retry-sweep": "2026-11-02T00:00:00.000Z",
  });
});

/** The app, with a clock at Monday morning, and whatever is due done. */
async function monday(settings = configuredSettings): Promise<Setting> {
  let now = Date.UTC(2026, 10, 1, 12);
  const one = setting({ settings, clock: () => now });
  await one.drain(); // sees the schedules for the first time
  await one.services.records.keep({
    delivery: "d-1",
    event: "push",
    action: null,
    repository: "octo/repo",
    sender: null,
    sha256: "",
    receivedAt: now,
  });
  now = Date.UTC(2026, 10, 2, 8, 0, 1);
  await one.drain();
  return one;
}

test("any tick looks at all of them, and the reports are kept as results", async () => {
  const { services } = await monday();
  const daily = await services.queue.get({
    id: "$schedule:daily-report:2026-11-02T01:00:00.000Z",
    partition: "$schedule:daily-report",
  });
  expect(daily).toMatchObject({
    state: "completed",
    result: { subject: "Webhooks on 2026-11-01", text: expect.stringContaining("       1  push\n") },
  });
  const weekly = await services.queue.get({
    id: "$schedule:weekly-digest:2026-11-02T08:00:00.000Z",
    partition: "$schedule:weekly-digest",
  });
  expect(weekly).toMatchObject({
    state: "completed",
    result: { subject: "Webhooks of the week from 2026-10-26", text: expect.stringContaining("       1  octo/repo\n") },
  });
  expect((await services.queue.list({ queue: "upkeep" })).jobs.map(({ name }) => name).toSorted()).toEqual([
    "clean-up-sessions",
    "daily-report",
    "retry-sweep",
    "weekly-digest",
  ]);
});

test("reports go to whoever wants them by mail", async () => {
  const { sent } = await monday({ ...configuredSettings, REPORT_TO: "team@example.com" });
  expect(sent.map(({ body }) => (JSON.parse(body) as { to: string; subject: string }).subject).toSorted()).toEqual([
    "Webhooks of the week from 2026-10-26",
    "Webhooks on 2026-11-01",
  ]);
});

test("the sweep looks after the shards every five minutes", async () => {
  let now = Date.UTC(2026, 10, 2, 9, 1);
  const one = setting({ clock: () => now });
  await one.drain();
  expect(one.sweeps()).toBe(0);
  now = Date.UTC(2026, 10, 2, 9, 5);
  await one.drain();
  expect(one.sweeps()).toBe(1);
});

test("in development the sweep may come sooner, and nothing else does", async () => {
  let now = Date.UTC(2026, 10, 2, 9, 1);
  const one = setting({ settings: { ...configuredSettings, DEV_SWEEP_MS: "2000" }, clock: () => now });
  await one.drain();
  for (let i = 1; i <= 3; i++) {
    now += 2_000;
    await one.drain();
    expect(one.sweeps()).toBe(i);
  }
  expect((await one.services.queue.list({ queue: "upkeep" })).jobs.map(({ name }) => name)).toEqual(
    Array.from({ length: 3 }, () => "retry-sweep"),
  );
});

test("the hourly clean-up removes what is over", async () => {
  let now = Date.UTC(2026, 10, 2, 9, 59);
  const one = setting({ clock: () => now });
  await one.services.records.openSession("over", 1);
  await one.services.records.openSession("open", Date.now() + 60_000);
  await one.drain();
  now += 120_000;
  await one.drain();
  expect(await one.services.records.isOpen("over", 0)).toBe(false);
  expect(await one.services.records.isOpen("open", 0)).toBe(true);
});
