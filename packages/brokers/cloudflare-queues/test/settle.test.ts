import { DAY, HOUR, SECOND } from "@longshore/conformance/tools";
import type { ClaimedJob, NewJob, Outcome, SettleAnswer, Settlement } from "@longshore/core/adapter";
import { expect, test } from "vitest";
import { type Delivery, consume, readDeadLetter } from "../src/index.ts";
import { type Setting, newJob, setting } from "./setting.ts";

const failure = { message: "the mail server is away", stack: "Error: the mail server is away\n    at send" };
const RETRY: Outcome = { type: "retry", delayMs: 30_000, failure };
const DEAD: Outcome = { type: "dead", failure };
const COMPLETE: Outcome = { type: "complete" };

const settlement = ({ id, token }: ClaimedJob, outcome: Outcome, next?: readonly NewJob[]): Settlement =>
  next === undefined ? { id, token, outcome } : { id, token, outcome, next };

/** Delivers what is due, and settles every job of it so. */
async function work(all: Setting, outcome: Outcome): Promise<ClaimedJob[]> {
  const delivered: ClaimedJob[] = [];
  const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    delivered.push(...jobs);
    await all.broker.settle(jobs.map((job) => settlement(job, outcome)));
  };
  await all.queue.deliver((batch) => consume(batch, { broker: all.broker, worker: { run } }));
  return delivered;
}

/** Delivers one job, and leaves what is done with it to the test. */
async function inHand(all: Setting, use: (job: ClaimedJob, delivery: Delivery) => Promise<void>): Promise<void> {
  await all.broker.enqueue([newJob()]);
  await all.queue.deliver(async (batch) => {
    const delivery = await all.broker.receive(batch);
    const [job] = delivery.jobs;
    if (job !== undefined) await use(job, delivery);
    delivery.close();
  });
}

test("a completed job is acknowledged, and no message more is sent", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  expect(await work(all, COMPLETE)).toMatchObject([{ id: "job-1", attempt: 1, stalled: false }]);
  expect(all.queue.waiting).toEqual([]);
  expect(all.queue.calls).toHaveLength(1);
});

test("a retry is the platform's own: one message, delayed, with the body as first sent", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  const [{ body } = { body: "" }] = all.queue.waiting;
  await work(all, { ...RETRY, delayMs: 29_001 });
  expect(all.queue.calls).toHaveLength(1);
  expect(all.queue.waiting).toMatchObject([{ body, dueAt: all.now() + 30_000 }]);
  all.pass(29 * SECOND);
  expect(await work(all, COMPLETE)).toEqual([]);
  all.pass(SECOND);
  expect(await work(all, COMPLETE)).toMatchObject([{ attempt: 2, ageMs: 30_000 }]);
});

test("a snooze is a new message, and costs no attempt however often", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  await work(all, RETRY);
  all.pass(30 * SECOND);
  for (let i = 0; i < 5; i++) {
    expect(await work(all, { type: "snooze", delayMs: HOUR })).toMatchObject([{ attempt: 2, waitedMs: 0 }]);
    all.pass(HOUR);
  }
  expect(await work(all, COMPLETE)).toMatchObject([{ attempt: 2, ageMs: 5 * HOUR + 30 * SECOND }]);
  expect(all.queue.waiting).toEqual([]);
});

test("a retry after more than 24 hours goes from message to message, and counts its attempt", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  await work(all, RETRY);
  all.pass(30 * SECOND);
  await work(all, { ...RETRY, delayMs: 2 * DAY });
  all.pass(DAY);
  expect(await work(all, COMPLETE)).toEqual([]);
  all.pass(DAY);
  expect(await work(all, COMPLETE)).toMatchObject([{ attempt: 3 }]);
});

test("a dead job goes to the dead letters with its attempts and its last error, then is acknowledged", async () => {
  const all = setting();
  await all.broker.enqueue([newJob({ partition: "user:42" })]);
  const enqueuedAt = all.now();
  await work(all, RETRY);
  all.pass(30 * SECOND);
  await work(all, DEAD);
  expect(all.queue.waiting).toEqual([]);
  expect(all.dead.waiting.map(readDeadLetter)).toEqual([
    {
      id: "job-1",
      partition: "user:42",
      name: "send-welcome-email",
      queue: "default",
      payload: '{"userId":42}',
      headers: { v: "1" },
      priority: 5,
      enqueuedAt,
      end: { at: all.now(), attempts: 2, failure },
    },
  ]);
});

test("what the platform itself moved to the dead letters can be read too, and what is not ours is not", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  for (let i = 0; i < 101; i++) {
    await work(all, RETRY);
    all.pass(30 * SECOND);
  }
  expect(all.queue.waiting).toEqual([]);
  expect(all.dead.waiting.map(readDeadLetter)).toMatchObject([{ id: "job-1", end: undefined }]);
  expect(readDeadLetter({ body: { userId: 42 } })).toBe(undefined);
});

test("a dead letter that cannot be sent leaves the message where it was (F23)", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  all.dead.fail("refused");
  await all.queue.deliver(async (batch) => {
    const delivery = await all.broker.receive(batch);
    await expect(all.broker.settle(delivery.jobs.map((job) => settlement(job, DEAD)))).rejects.toThrow(
      "did not acknowledge",
    );
    delivery.close();
  });
  expect(all.dead.waiting).toEqual([]);
  expect(all.queue.waiting).toHaveLength(1);
  all.pass(30 * SECOND);
  await work(all, DEAD);
  expect(all.queue.waiting).toEqual([]);
  expect(all.dead.waiting).toHaveLength(1);
});

test("a settlement that failed can be repeated while the message is held, and then answers for itself", async () => {
  const all = setting();
  const answers: (readonly SettleAnswer[])[] = [];
  all.dead.fail("lostReply");
  await inHand(all, async (job) => {
    await expect(all.broker.settle([settlement(job, DEAD)])).rejects.toThrow("Network connection lost");
    answers.push(await all.broker.settle([settlement(job, DEAD)]));
    answers.push(await all.broker.settle([settlement(job, DEAD)]));
  });
  expect(answers).toEqual([["accepted"], ["repeated"]]);
  expect(all.queue.waiting).toEqual([]);
  // The lost reply doubled it: a broker alone cannot know better.
  expect(all.dead.waiting).toHaveLength(2);
});

test("a settlement repeated while the first is under way sends nothing twice", async () => {
  const all = setting();
  let answers: unknown;
  await inHand(all, async (job) => {
    const twice = [settlement(job, DEAD), settlement(job, DEAD)];
    answers = await Promise.all(twice.map((one) => all.broker.settle([one])));
  });
  expect(answers).toEqual([["accepted"], ["repeated"]]);
  expect(all.dead.waiting).toHaveLength(1);
});

test("one settlement that fails leaves its neighbours settled", async () => {
  const all = setting();
  await all.broker.enqueue([newJob({ id: "a" }), newJob({ id: "b" }), newJob({ id: "c" })]);
  all.dead.fail("refused");
  let again: unknown;
  await all.queue.deliver(async (batch) => {
    const delivery = await all.broker.receive(batch);
    const outcomes = { a: COMPLETE, b: DEAD, c: RETRY };
    const settlements = delivery.jobs.map((job) => settlement(job, outcomes[job.id as keyof typeof outcomes])); // the ids above
    await expect(all.broker.settle(settlements)).rejects.toThrow("did not acknowledge");
    again = await all.broker.settle(settlements);
    delivery.close();
  });
  expect(again).toEqual(["repeated", "accepted", "repeated"]);
  expect(all.queue.waiting).toHaveLength(1);
});

test("follow-up jobs are sent before the acknowledgement; where they cannot be, the job is not complete", async () => {
  const all = setting();
  const next = [newJob({ id: "next", due: { inMs: 1_000 } })];
  let answers: unknown;
  await inHand(all, async (job) => {
    all.queue.fail("refused");
    await expect(all.broker.settle([settlement(job, COMPLETE, next)])).rejects.toThrow("did not acknowledge");
    expect(all.queue.waiting).toEqual([]);
    answers = await all.broker.settle([settlement(job, COMPLETE, next)]);
  });
  expect(answers).toEqual([{ status: "accepted", next: [{ status: "sent" }] }]);
  all.pass(SECOND);
  expect(await work(all, COMPLETE)).toMatchObject([{ id: "next", attempt: 1 }]);
  expect(all.queue.waiting).toEqual([]);
});

test("a job whose follow-up jobs cannot be sent comes again", async () => {
  const all = setting();
  await inHand(all, async (job) => {
    all.queue.fail("refused");
    await expect(all.broker.settle([settlement(job, COMPLETE, [newJob({ id: "next" })])])).rejects.toThrow(
      "acknowledge",
    );
  });
  all.pass(30 * SECOND);
  expect(await work(all, COMPLETE)).toMatchObject([{ id: "job-1", attempt: 2 }]);
});

test("a token that is not held is stale: after the batch, of another job, or never given", async () => {
  const all = setting();
  const answers: (readonly SettleAnswer[])[] = [];
  const late: Settlement[] = [];
  await inHand(all, async (job, delivery) => {
    answers.push(await all.broker.settle([settlement({ ...job, id: "another" }, COMPLETE)]));
    answers.push(await all.broker.settle([settlement({ ...job, token: job.token + 1 }, COMPLETE)]));
    late.push(settlement(job, COMPLETE));
    delivery.close();
  });
  answers.push(await all.broker.settle(late));
  expect(answers).toEqual([["stale"], ["stale"], ["stale"]]);
  expect(all.queue.waiting).toHaveLength(1);
});

test("two batches in one process never share a token, even at the same instant", async () => {
  const all = setting();
  await all.broker.enqueue(Array.from({ length: 30 }, (_, i) => newJob({ id: `job-${i}` })));
  const tokens = new Set((await work(all, COMPLETE)).map(({ token }) => token));
  expect(tokens.size).toBe(30);
});
