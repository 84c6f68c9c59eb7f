import { MINUTE } from "@longshore/conformance/tools";
import type { JobState } from "@longshore/core/adapter";
import { expect, test } from "vitest";
import { paired } from "../src/index.ts";
import { type Setting, newJob, newJobs, setting } from "./setting.ts";

const active = async ({ store }: Setting): Promise<number> =>
  (await store.counts()).reduce((sum, { counts }) => sum + (counts.active ?? 0), 0);

const onTheWay = ({ broker }: Setting): Record<string, number> => {
  const byQueue: Record<string, number> = {};
  for (const { queue } of broker.messages) byQueue[queue] = (byQueue[queue] ?? 0) + 1;
  return byQueue;
};

test("the broker holds at most so many unsettled jobs, the backlog stays in the store", async () => {
  const all = setting();
  await all.jobs.enqueue(newJobs(250));
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 100, failed: 0, full: true });
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 0, failed: 0, full: true });
  await all.consumer().runCarried(all.broker.messages.splice(0, 30));
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 30, failed: 0, full: true });
  expect(await active(all)).toBe(100);
});

test("a dispatch asks how many are due and under way, and for nothing that is over", async () => {
  const all = setting({ maxInFlight: 10 });
  await all.jobs.enqueue(newJobs(20));
  const { counts } = all.store;
  const asked: unknown[] = [];
  Object.assign(all.store, { counts: (states?: readonly JobState[]) => (asked.push(states), counts(states)) });
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 10, failed: 0, full: true });
  expect(asked).toEqual([["active", "enqueued", "stalled"]]);
});

test("what is in flight is what is unsettled in the store, whoever carried it", async () => {
  const all = setting({ maxInFlight: 10 });
  await all.jobs.enqueue(newJobs(20));
  await all.store.claim({
    queues: [
      { name: "job", limit: 5 },
      { name: "default", limit: 5 },
    ],
    leaseMs: MINUTE,
  });
  expect(await all.jobs.dispatchDue()).toMatchObject({ carried: 5 });
});

test("messages that got lost do not use up the room for others", async () => {
  const all = setting({ maxInFlight: 10 });
  await all.jobs.enqueue(newJobs(20));
  await all.jobs.dispatchDue();
  all.broker.messages.length = 0;
  all.pass(2 * MINUTE);
  expect(await all.jobs.dispatchDue()).toMatchObject({ carried: 10 });
});

test("queues share the room in flight: a long one does not starve a short one", async () => {
  const all = setting({ maxInFlight: 100 });
  await all.jobs.enqueue([
    ...newJobs(500, { queue: "reports" }),
    ...newJobs(500, { queue: "digests" }),
    ...newJobs(10, { queue: "mails" }),
  ]);
  await all.jobs.dispatchDue();
  expect(onTheWay(all)).toEqual({ mails: 10, digests: 45, reports: 45 });
});

test("room for fewer jobs than there are queues is still used up", async () => {
  const all = setting({ maxInFlight: 2 });
  await all.jobs.enqueue(["a", "b", "c"].flatMap((queue) => newJobs(5, { queue })));
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 2, failed: 0, full: true });
});

test("a paused queue is not dispatched from, and neither is one that was not named", async () => {
  const all = setting({ queues: ["mails", "reports"] });
  await all.jobs.enqueue(["mails", "reports", "others"].flatMap((queue) => newJobs(2, { queue })));
  await all.jobs.pause("reports");
  await all.jobs.dispatchDue();
  expect(onTheWay(all)).toEqual({ mails: 2 });
  await all.jobs.resume("reports");
  await all.jobs.dispatchDue();
  expect(onTheWay(all)).toEqual({ mails: 2, reports: 2 });
});

test("a paused queue takes no share of the room", async () => {
  const all = setting({ maxInFlight: 2 });
  await all.jobs.enqueue([...newJobs(1, { queue: "paused" }), ...newJobs(5, { queue: "mails" })]);
  await all.jobs.pause("paused");
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 2, failed: 0, full: true });
});

test("with nothing due a dispatch claims nothing", async () => {
  const all = setting();
  let claims = 0;
  const { claim } = all.store;
  Object.assign(all.store, { claim: (request: Parameters<typeof claim>[0]) => (claims++, claim(request)) });
  await all.jobs.enqueue([newJob({ due: { inMs: MINUTE } })]);
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 0, failed: 0, full: false });
  expect(claims).toBe(0);
});

test("with an age what has waited so long is dispatched before what came above it later", async () => {
  for (const priorityAge of [undefined, "5m"] as const) {
    const all = setting({ maxInFlight: 1, priorityAge });
    await all.jobs.enqueue([newJob({ id: "old", priority: 9 })]);
    all.pass(46 * MINUTE);
    await all.jobs.enqueue([newJob({ id: "new", priority: 0 })]);
    await all.jobs.dispatchDue();
    expect(all.broker.messages.map(({ id }) => id)).toEqual([priorityAge === undefined ? "new" : "old"]);
  }
});

test("an age is refused where it would have no effect: of a worker behind a broker, and over a store that knows none", () => {
  const { jobs, store, broker } = setting();
  const worker = { run: async () => {}, priorityAge: "5m" };
  expect(() => jobs.runner(worker)).toThrow("Give it to the pair");
  const { ageing: _ageing, ...traits } = store.traits;
  expect(() => paired({ ...store, traits }, broker, { priorityAge: "5m" })).toThrow("priorityAge of paired");
});
