import { MINUTE } from "@longshore/conformance/tools";
import { expect, test, vi } from "vitest";
import { paired } from "../src/index.ts";
import { newJob, newJobs, setting } from "./setting.ts";

/** However busy the machine is. */
const SOON = { timeout: 200_000 };

/** Collects what runs behind the caller's back, and waits for it. */
function behind() {
  let works: Promise<unknown>[] = [];
  return {
    background: (work: Promise<unknown>): void => void works.push(work),
    async done(): Promise<number> {
      const waited = works.length;
      const all = works;
      works = [];
      await Promise.all(all);
      return waited;
    },
  };
}

test("with a background an enqueue is on its way at once, and a settlement makes room for the next", async () => {
  const { background, done } = behind();
  const all = setting({ background, maxInFlight: 1 });
  await all.jobs.enqueue(newJobs(2));
  await done();
  expect(all.broker.messages).toHaveLength(1);
  await all.broker.deliver(all.consumer());
  await done();
  expect(all.broker.messages).toHaveLength(1);
});

test.each(["replay", "runNow", "cancel"] as const)("%s by an operator is followed by a dispatch", async (verb) => {
  const { background, done } = behind();
  const all = setting({ background });
  await all.jobs.enqueue([newJob({ due: { inMs: MINUTE } })]);
  if (verb === "replay") await all.jobs.cancel([{ id: "job-1" }]);
  await done();
  await all.jobs[verb]([{ id: "job-1" }]);
  expect(await done()).toBe(1);
  expect(all.broker.messages).toHaveLength(verb === "cancel" ? 0 : 1);
});

test("without a background nothing is carried but by dispatchDue", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  expect(all.broker.messages).toEqual([]);
});

test("fifty enqueues at once are two dispatches, and all fifty jobs are on their way", async () => {
  const { background, done } = behind();
  const all = setting({ background });
  let looks = 0;
  const { counts } = all.store;
  Object.assign(all.store, { counts: () => (looks++, counts()) });
  await Promise.all(newJobs(50).map((job) => all.jobs.enqueue([job])));
  await done();
  expect(all.broker.messages).toHaveLength(50);
  expect(looks).toBe(2);
});

test("a dispatch that fails in the background is logged, and the enqueue stands", async () => {
  const { background, done } = behind();
  const errors: unknown[] = [];
  const log = { error: (entry: object): void => void errors.push(entry) };
  const all = setting();
  const store = { ...all.store, counts: () => Promise.reject(new Error("the store is away")) };
  const jobs = paired(store, all.broker, { background, log });
  expect(await jobs.enqueue([newJob()])).toEqual([{ status: "created" }]);
  await done();
  expect(errors).toMatchObject([{ error: "Error: the store is away" }]);
  await expect(jobs.dispatchDue()).rejects.toThrow("the store is away");
});

test("a background that throws does not undo an enqueue", async () => {
  const errors: unknown[] = [];
  const all = setting({
    background: () => {
      throw new TypeError("Illegal invocation");
    },
    log: { error: (entry) => void errors.push(entry) },
  });
  expect(await all.jobs.enqueue([newJob()])).toEqual([{ status: "created" }]);
  expect(errors).toMatchObject([{ error: "TypeError: Illegal invocation" }]);
});

test("a dispatch that the runtime ended with its request does not stop those after it", async () => {
  const { background } = behind();
  const all = setting({ background });
  const { counts } = all.store;
  Object.assign(all.store, { counts: () => new Promise(() => {}) });
  await all.jobs.enqueue([newJob()]);
  Object.assign(all.store, { counts });
  await all.jobs.enqueue([newJob({ id: "job-2" })]);
  expect(all.broker.messages).toEqual([]);
  all.pass(10_000);
  await all.jobs.enqueue([newJob({ id: "job-3" })]);
  await vi.waitUntil(() => all.broker.messages.length === 3, SOON);
});
