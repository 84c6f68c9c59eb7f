import { type JobContext, defineJob, handle, handleMany, nonRetryable, snooze } from "@longshore/core";
import { testQueue } from "@longshore/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { charge, handlers, mail } from "./jobs.ts";

test("a handler that returns has completed its job, with its result", async () => {
  const { all, did } = handlers();
  const queue = testQueue({ handlers: all });
  const performed = await queue.performJob(mail, { to: "a" });
  expect(performed).toEqual({
    outcome: "completed",
    result: { sent: "a" },
    error: undefined,
    failure: undefined,
    delayMs: undefined,
  });
  expect(did).toEqual(["mail a"]);
  await queue.refuteEnqueued(mail);
});

test("a handler that throws has failed, and the error comes as it was", async () => {
  const error = new TypeError("broken");
  const failing = handle(charge, () => {
    throw error;
  });
  const queue = testQueue({ handlers: [failing], logFailures: false });
  const first = await queue.performJob(charge, { order: 1 });
  expect(first).toMatchObject({ outcome: "failed", failure: "broken", delayMs: 60_000 });
  expect(first.error).toBe(error);
  expect(await queue.performJob(charge, { order: 1 }, { attempt: 3 })).toMatchObject({ outcome: "dead", error });
});

test("what a handler chooses is its outcome", async () => {
  const choosing = handle(charge, ({ order }) => {
    throw order === 1 ? snooze("10m") : nonRetryable("no such order");
  });
  const queue = testQueue({ handlers: [choosing], logFailures: false });
  expect(await queue.performJob(charge, { order: 1 })).toMatchObject({ outcome: "snoozed", delayMs: 600_000 });
  expect(await queue.performJob(charge, { order: 2 })).toMatchObject({ outcome: "dead", delayMs: undefined });
});

test("input, options and result are checked", async () => {
  const lying = handle(mail, () => ({ sent: 5 }) as never);
  const queue = testQueue({ handlers: [lying], logFailures: false });
  await expect(queue.performJob(mail, { to: 5 } as never)).rejects.toMatchObject({ code: "invalid_payload" });
  await expect(queue.performJob(mail, { to: "a" }, { priority: 10 })).rejects.toMatchObject({ code: "invalid_option" });
  await expect(queue.performJob(mail, { to: "a" }, { attempt: 0 })).rejects.toMatchObject({ code: "invalid_option" });
  await expect(queue.performJob(charge, { order: 1 })).rejects.toMatchObject({
    code: "invalid_option",
    message: "testQueue has no handler of charge: add one to its handlers, made by handle.",
  });
  await expect(queue.performJob(lying as never, { to: "a" } as never)).rejects.toMatchObject({
    code: "invalid_option",
    message: "The definition of performJob must be made by defineJob; got object.",
  });
  expect(await queue.performJob(mail, { to: "a" })).toMatchObject({
    outcome: "dead",
    error: undefined,
    failure: expect.stringContaining("does not fit its schema"),
  });
});

test("the handler gets a real context", async () => {
  const seen: Partial<JobContext>[] = [];
  const looking = handle(charge, (_, { id, name, attempt, attempts, metadata, token, remainingMs }) => {
    seen.push({ id, name, attempt, attempts, metadata, token });
    expect(remainingMs()).toBe(60_000);
  });
  const queue = testQueue({ handlers: [looking] });
  await queue.performJob(charge, { order: 1 }, { id: "charge:1", attempt: 2, metadata: { order: "1" } });
  expect(seen).toMatchObject([{ id: "charge:1", name: "charge", attempt: 2, attempts: 3, metadata: { order: "1" } }]);
});

test("jobs that the handler adds are in the queue, if it completes", async () => {
  const adding = handle(charge, ({ order }, { enqueue, attempt }) => {
    enqueue(mail.with({ to: `buyer of ${order}` }));
    if (attempt === 1) throw new Error("not yet");
  });
  const queue = testQueue({ handlers: [adding], logFailures: false });
  await queue.performJob(charge, { order: 7 });
  await queue.refuteEnqueued(mail);
  await queue.performJob(charge, { order: 7 }, { attempt: 2 });
  await queue.assertEnqueued(mail, { to: "buyer of 7" });
});

test("other jobs of the queue stay where they are", async () => {
  const { all, did } = handlers();
  const queue = testQueue({ handlers: all });
  await queue.enqueue(charge, { order: 1 });
  await queue.performJob(charge, { order: 2 });
  expect(did).toEqual(["charge 2"]);
  await queue.assertEnqueued(charge, { order: 1 }, { state: "enqueued" });
});

test("a handler of many jobs is performed with one", async () => {
  const many = handleMany(mail, { size: 5, wait: "1s" }, async (jobs) =>
    jobs.map(({ input }) => ({ status: "fulfilled", value: { sent: input.to } })),
  );
  const queue = testQueue({ handlers: [many] });
  expect(await queue.performJob(mail, { to: "a" })).toMatchObject({ outcome: "completed", result: { sent: "a" } });
});

test("a job that is not kept has a result, too", async () => {
  const brief = defineJob("brief", { input: z.object({}), output: z.number(), keep: 0 });
  const queue = testQueue({ handlers: [handle(brief, () => 42)] });
  expect((await queue.performJob(brief, {})).result).toBe(42);
});
