import { MINUTE, SECOND } from "@longshore/conformance/tools";
import { LongshoreError } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { type PairedOptions, paired } from "../src/index.ts";
import { fakeBroker } from "./fake-broker.ts";
import { newJob, newJobs, setting } from "./setting.ts";

const failure = { message: "the mail server is away" };
const state = async ({ jobs }: ReturnType<typeof setting>, id = "job-1"): Promise<string | undefined> =>
  (await jobs.get([{ id }]))[0]?.state;

test("a job is enqueued in the store, carried with its lease, run, and settled in the store", async () => {
  const all = setting();
  const { ran, answers, runCarried } = all.consumer();
  expect(await all.jobs.enqueue([newJob(), newJob()])).toEqual([
    { status: "created" },
    { status: "duplicate", state: "enqueued" },
  ]);
  expect(all.broker.messages).toEqual([]);
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 1, failed: 0, full: false });
  expect(await state(all)).toBe("active");
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([{ id: "job-1", attempt: 1, stalled: false, payload: newJob().payload }]);
  expect(answers).toEqual(["accepted"]);
  expect(await state(all)).toBe("completed");
});

test("a retry waits in the store and is the next claim: the broker is told nothing of it", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  await all.broker.deliver(all.consumer({ type: "retry", delayMs: 10 * MINUTE, failure }));
  all.pass(10 * MINUTE - 1);
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 0, failed: 0, full: false });
  all.pass(1);
  await all.jobs.dispatchDue();
  const { ran, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([{ attempt: 2, stalled: false, payload: newJob().payload, headers: newJob().headers }]);
});

test("a delay of a month waits in the store, and needs no hop (F15)", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob({ due: { inMs: 30 * 24 * 60 * MINUTE } })]);
  await all.jobs.dispatchDue();
  expect(all.broker.messages).toEqual([]);
  all.pass(30 * 24 * 60 * MINUTE);
  await all.jobs.dispatchDue();
  expect(all.broker.messages).toHaveLength(1);
});

test("a lost message is a lease that runs out: the job comes again, as its next attempt (F112)", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  all.broker.messages.length = 0;
  all.pass(2 * MINUTE - 1);
  await all.jobs.dispatchDue();
  expect(all.broker.messages).toEqual([]);
  all.pass(1);
  await all.jobs.dispatchDue();
  const { ran, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([{ attempt: 2, stalled: true }]);
  expect(await state(all)).toBe("completed");
});

test("a message that keeps getting lost gets twice as long each time: an outage of an hour costs five attempts", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  const carriedAt: number[] = [];
  const start = all.now();
  for (let minute = 0; minute <= 62; minute++) {
    const { carried } = await all.jobs.dispatchDue();
    if (carried > 0) carriedAt.push((all.now() - start) / MINUTE);
    all.broker.messages.length = 0;
    all.pass(MINUTE);
  }
  expect(carriedAt).toEqual([0, 2, 6, 14, 30, 62]);
});

test("a message that was lost once waits no longer because one beside it was lost often", async () => {
  const all = setting();
  const lose = async (passMs: number): Promise<readonly string[]> => {
    await all.jobs.dispatchDue();
    const ids = all.broker.messages.map(({ id }) => id);
    all.broker.messages.length = 0;
    all.pass(passMs);
    return ids;
  };
  await all.jobs.enqueue([newJob()]);
  expect(await lose(2 * MINUTE)).toEqual(["job-1"]);
  expect(await lose(4 * MINUTE)).toEqual(["job-1"]);
  expect(await lose(6 * MINUTE)).toEqual(["job-1"]);
  await all.jobs.enqueue([newJob({ id: "job-2" })]);
  expect(await lose(2 * MINUTE)).toEqual(["job-2"]);
  // Both are on their way again at the same time: for 16 minutes, and for 4.
  expect(await lose(4 * MINUTE)).toEqual(["job-1", "job-2"]);
  expect(await lose(12 * MINUTE)).toEqual(["job-2"]);
  expect(await lose(0)).toEqual(["job-2", "job-1"]);
});

test("a consumer that vanishes is noticed by the store's own lease, however long the way was allowed to take", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  all.pass(SECOND);
  void all.broker.deliver(all.jobs.runner({ run: () => new Promise(() => {}) }));
  await Promise.resolve();
  all.pass(29 * SECOND);
  await all.jobs.dispatchDue();
  expect(all.broker.messages).toEqual([]);
  all.pass(SECOND);
  await all.jobs.dispatchDue();
  expect(all.broker.messages).toMatchObject([{ attempt: 2, stalled: true }]);
});

test("a doubled message that comes after the job was settled is forgotten (F112)", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const copy = [...all.broker.messages];
  const { ran, answers, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  await runCarried(copy);
  expect(ran).toHaveLength(1);
  expect(answers).toEqual(["accepted"]);
});

test("a doubled message that comes while the job runs in the same process is forgotten", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const { ran, runCarried } = all.consumer();
  await Promise.all([
    runCarried([...all.broker.messages, ...all.broker.messages]),
    runCarried([...all.broker.messages]),
  ]);
  expect(ran).toHaveLength(1);
});

test("a doubled message that runs in two processes at once is accepted once", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const elsewhere = paired(all.store, all.broker, { clock: all.now });
  const answers: unknown[] = [];
  const worker = {
    async run(claimed: readonly ClaimedJob[]): Promise<void> {
      await Promise.resolve();
      const outcome = { type: "complete" } as const;
      answers.push(...(await all.store.settle(claimed.map(({ id, token }) => ({ id, token, outcome })))));
    },
  };
  const copy = [...all.broker.messages];
  await Promise.all([all.jobs.runner(worker).runCarried(copy), elsewhere.runner(worker).runCarried(copy)]);
  expect(answers).toEqual(["accepted", "repeated"]);
});

test("a late message whose job was claimed again is forgotten, and the newer one runs", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const late = all.broker.messages.splice(0);
  all.pass(2 * MINUTE);
  await all.jobs.dispatchDue();
  const { ran, runCarried } = all.consumer();
  await runCarried(late);
  expect(ran).toEqual([]);
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([{ attempt: 2 }]);
});

test("a late message whose lease ran out still runs if nobody claimed the job since", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  all.pass(60 * MINUTE);
  const { ran, answers, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([{ attempt: 1 }]);
  expect(answers).toEqual(["accepted"]);
});

test("a job that was cancelled, removed or enqueued anew on its way is not run by its old message", async () => {
  const all = setting();
  await all.jobs.enqueue(newJobs(3));
  await all.jobs.dispatchDue();
  await all.jobs.cancel([{ id: "job-0" }, { id: "job-1" }, { id: "job-2" }]);
  await all.jobs.remove([{ id: "job-1" }]);
  await all.jobs.replay([{ id: "job-2" }]);
  const { ran, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  expect(ran).toEqual([]);
  expect(await state(all, "job-2")).toBe("enqueued");
});

test("a broker that takes nothing costs no attempt: the jobs are given back and go later", async () => {
  const all = setting();
  await all.jobs.enqueue(newJobs(2));
  for (const how of ["failed", "throws"] as const) {
    all.broker.fail(how);
    expect(await all.jobs.dispatchDue()).toEqual({ carried: 0, failed: 2, full: false });
    expect(await all.jobs.dispatchDue()).toEqual({ carried: 0, failed: 0, full: false });
    all.pass(5 * SECOND);
  }
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 2, failed: 0, full: false });
  expect(all.broker.messages).toMatchObject([{ attempt: 1 }, { attempt: 1 }]);
});

test("jobs that were sent although the broker's reply was lost run once, by their next message", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  all.broker.fail("lostReply");
  expect(await all.jobs.dispatchDue()).toMatchObject({ failed: 1 });
  const { ran, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  expect(ran).toEqual([]);
  all.pass(5 * SECOND);
  await all.jobs.dispatchDue();
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([{ attempt: 1 }]);
});

test("a payload over the broker's limit stays in its row, and is read with the lease", async () => {
  const all = setting();
  const large = newJob({ id: "large", payload: `"${"é".repeat(600)}"` });
  const small = newJob({ id: "small", payload: `"${"é".repeat(400)}"` });
  await all.jobs.enqueue([large, small]);
  await all.jobs.dispatchDue();
  expect(all.broker.messages).toMatchObject([{ payload: "" }, { payload: small.payload }]);
  const { ran, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([
    { id: "large", payload: large.payload },
    { id: "small", payload: small.payload },
  ]);
  expect(ran.map(({ headers }) => headers)).toEqual([large.headers, small.headers]);
});

test("a payload whose row is gone leaves nothing to run", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob({ payload: "x".repeat(1_001), keepMs: 0 }), newJob({ id: "other" })]);
  await all.jobs.dispatchDue();
  // Its row would stand for as long as the lease, for its worker to hear of it.
  await all.jobs.cancel([{ id: "job-1" }]);
  await all.jobs.remove([{ id: "job-1" }]);
  expect(await state(all)).toBe(undefined);
  const { ran, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  expect(ran).toMatchObject([{ id: "other" }]);
});

test("while the store is away nothing runs, and nothing is lost", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const ran: unknown[] = [];
  const away = { ...all.store, renew: () => Promise.reject(new Error("the store is away")) };
  const worker = { run: async (claimed: readonly ClaimedJob[]): Promise<void> => void ran.push(...claimed) };
  await expect(paired(away, all.broker).runner(worker).runCarried(all.broker.messages.splice(0))).rejects.toThrow(
    "away",
  );
  expect(ran).toEqual([]);
  all.pass(2 * MINUTE);
  expect(await all.jobs.dispatchDue()).toMatchObject({ carried: 1 });
});

test("a second message makes up for a first that came while the store was away", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const [message] = all.broker.messages.splice(0);
  const { renew } = all.store;
  Object.assign(all.store, { renew: () => Promise.reject(new Error("the store is away")) });
  const { ran, runCarried } = all.consumer();
  await expect(runCarried(message === undefined ? [] : [message])).rejects.toThrow("away");
  Object.assign(all.store, { renew });
  await runCarried(message === undefined ? [] : [message]);
  expect(ran).toMatchObject([{ id: "job-1" }]);
});

test("a run whose request the runtime ended is forgotten after an hour", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const messages = [...all.broker.messages];
  void all.jobs.runner({ run: () => new Promise(() => {}) }).runCarried(messages);
  const { ran, runCarried } = all.consumer();
  all.pass(60 * MINUTE - 1);
  await runCarried(messages);
  expect(ran).toEqual([]);
  all.pass(1);
  await runCarried(messages);
  expect(ran).toHaveLength(1);
});

test("an answer to a renewal that took most of the lease is not trusted", async () => {
  const all = setting();
  await all.jobs.enqueue([newJob()]);
  await all.jobs.dispatchDue();
  const slow: typeof all.store = {
    ...all.store,
    async renew(leases, leaseMs) {
      const answers = await all.store.renew(leases, leaseMs);
      all.pass(16 * SECOND);
      return answers;
    },
  };
  const ran: ClaimedJob[] = [];
  const worker = { run: async (claimed: readonly ClaimedJob[]): Promise<void> => void ran.push(...claimed) };
  await paired(slow, all.broker, { clock: all.now }).runner(worker).runCarried(all.broker.messages.splice(0));
  expect(ran).toEqual([]);
});

test("a pair has its store's traits, and the shorter limit of a run", () => {
  const { store, broker, jobs } = setting();
  expect(jobs.traits).toEqual({ ...store.traits, maxRunMs: broker.traits.maxRunMs });
  expect(jobs.name).toBe("paired(memory, fake-broker)");
});

test.each<PairedOptions>([
  { maxInFlight: 0 },
  { maxInFlight: 1.5 },
  { maxInFlight: Number.NaN },
  { transit: 0 },
  { transit: "2h" },
])("%o is refused when the pair is made", (options) => {
  let code: string | undefined;
  try {
    paired(memory(), fakeBroker(), options);
  } catch (error) {
    code = error instanceof LongshoreError ? error.code : undefined;
  }
  expect(code).toBe("transit" in options ? "invalid_duration" : "invalid_option");
});
