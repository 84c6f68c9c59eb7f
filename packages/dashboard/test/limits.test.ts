import { LongshoreError } from "@longshore/core";
import { expect, test } from "vitest";
import type { JobView, Overview, QueueView } from "../src/api.ts";
import { dashboard } from "../src/index.ts";
import { askerOf } from "./asking.ts";
import { holdUp, openShop } from "./setting.ts";

async function heldShop({ payloads = true, told = true } = {}) {
  const { adapter, queue, clock, definitions } = await openShop();
  await holdUp({ adapter, queue });
  const platform = { now: clock.now, id: () => "" };
  const authorize = () => ({ name: "a", payloads });
  return { adapter, ...askerOf(dashboard(adapter, { authorize, platform, ...(told && { definitions }) })) };
}

test("queues have the limits of the definitions that were passed, and others none", async () => {
  const { json } = await heldShop();
  const { queues } = await json<Overview>("api/overview");
  expect(queues.find(({ queue }) => queue === "imports")?.limits).toEqual({ running: 2, maxDepth: 10 });
  expect(queues.filter(({ limits }) => limits).map(({ queue }) => queue)).toEqual(["imports"]);
  const { json: untold } = await heldShop({ told: false });
  expect((await untold<Overview>("api/overview")).queues.filter(({ limits }) => limits)).toEqual([]);
});

test("what holds jobs up is told by reason, and by key to whoever may see inputs", async () => {
  const { json } = await heldShop();
  const place = "a place among the jobs with its limit's key";
  const imports = await json<QueueView>("api/queue?queue=imports");
  expect(imports).toMatchObject({ counts: { active: 2 }, paused: false, oldestMs: 0, read: 5, more: false });
  expect(imports.held).toEqual([
    { waitsFor: place, key: '"north"', jobs: 2, first: { id: "import:2" } },
    { waitsFor: "the limit of its queue is reached", jobs: 2, first: { id: "import:5" } },
    { waitsFor: place, key: '"south"', jobs: 1, first: { id: "import:4" } },
  ]);
  const contacts = await json<QueueView>("api/queue?queue=contacts");
  expect(contacts.held).toMatchObject([
    { waitsFor: "the job with the same key, which has not ended", key: expect.stringContaining('"c-42"'), jobs: 1 },
  ]);
  const { json: asGuest } = await heldShop({ payloads: false });
  for (const name of ["imports", "contacts"]) {
    const { held } = await asGuest<QueueView>(`api/queue?queue=${name}`);
    expect(held.length).toBeGreaterThan(0);
    expect(JSON.stringify(held)).not.toMatch(/north|south|c-42/);
  }
});

test("a job that has not ended has its limits and its queue's pressure, and one that has ended none", async () => {
  const { json } = await heldShop();
  expect(await json<JobView>("api/job?id=import:2")).toMatchObject({
    queueLimits: { running: 2, maxDepth: 10 },
    ownLimits: { key: '"north"', running: 1 },
    pressure: { depth: 7, oldestMs: 0 },
  });
  expect(await json<JobView>("api/job?id=call:2")).toMatchObject({ ownLimits: { starts: { most: 60, inMs: 60_000 } } });
  const ended = await json<JobView>("api/job?id=corrupt:1");
  for (const field of ["queueLimits", "ownLimits", "pressure"]) expect(ended).not.toHaveProperty(field);
  const { json: asGuest } = await heldShop({ payloads: false });
  expect((await asGuest<JobView>("api/job?id=import:2")).ownLimits).toEqual({ running: 1 });
});

test("a store that tells no depth, and one that refuses to, still show the queue and the job", async () => {
  const { adapter, json, get } = await heldShop();
  adapter.depth = () => Promise.reject(new LongshoreError("forbidden", "no"));
  const view = await json<QueueView>("api/queue?queue=imports");
  expect([view.counts.active, view.oldestMs]).toEqual([2, undefined]);
  expect((await get("api/job?id=import:2")).status).toBe(200);
  Object.assign(adapter, { depth: undefined });
  expect((await get("api/queue?queue=imports")).status).toBe(200);
});

test("a queue that nobody knows, and a name that is none, are refused in words", async () => {
  const { get } = await heldShop();
  for (const query of ["queue=nowhere", "queue=%00", ""]) {
    const response = await get(`api/queue?${query}`);
    expect([query, response.status]).toEqual([query, response.status === 400 ? 400 : 422]);
  }
});

test("definitions that are none are refused when the dashboard is made", () => {
  const make = (definitions: unknown) => () =>
    dashboard({ enqueue() {}, traits: {} } as never, { authorize: () => undefined, definitions: definitions as never });
  expect(make([{ name: "a" }])).toThrow(/definitions of dashboard.*made by defineJob/);
});
