import { defineJob } from "@longshore/core";
import { AssertionError, matchers, testQueue } from "@longshore/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { charge, handlers, mail } from "./jobs.ts";

/** The message of the refused assertion. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(AssertionError);
  return (error as AssertionError).message;
}

test.each([
  ["an option that does not exist", mail, undefined, { delya: "3d" }],
  ["a state that does not exist", mail, undefined, { state: "enqued" }],
  ["a list with one", mail, undefined, { state: ["dead", "enqued"] }],
  ["a time that is no time", mail, undefined, { runAt: "2026-01-05" }],
  ["a priority that no job can have", mail, undefined, { priority: 10 }],
  ["metadata that is a text", mail, undefined, { metadata: "to=a" }],
  ["a delay that is no duration", mail, undefined, { delay: "3 fortnights" }],
  ["a name in place of a definition", "mail", undefined, {}],
  ["no definition", undefined, undefined, {}],
  ["a function that does not say yes or no", mail, ({ to }: { to: string }) => /a/.exec(to), {}],
])("%s is refused, for a job that matches nothing would be missing for ever", async (_, definition, match, options) => {
  const queue = testQueue();
  await queue.enqueue(mail, { to: "a" });
  const search = [definition, match, options] as never as [typeof mail];
  await expect(queue.refuteEnqueued(...search)).rejects.toMatchObject({ code: expect.stringMatching(/^invalid_/) });
  await expect(queue.assertEnqueued(...search)).rejects.toMatchObject({ code: expect.stringMatching(/^invalid_/) });
  await expect(matchers.toHaveEnqueued(queue, ...search)).rejects.toMatchObject({
    code: expect.stringMatching(/^invalid_/),
  });
});

describe("assertEnqueued", () => {
  test("finds a job by a part of its input, and returns it", async () => {
    const queue = testQueue();
    const { id } = await queue.enqueue(mail, { to: "a", tags: ["x", "y"] });
    expect((await queue.assertEnqueued(mail)).id).toBe(id);
    expect((await queue.assertEnqueued(mail, { to: "a" })).input.subject).toBe("hello");
    await queue.assertEnqueued(mail, { tags: ["x", "y"] });
    await queue.assertEnqueued(mail, ({ to }) => to.length === 1);
    await queue.assertEnqueued(mail, { to: expect.stringMatching(/^a$/) as string });
  });

  test.each([
    ["another value", { to: "b" }],
    ["a list with fewer members", { tags: ["x"] }],
    ["a list in another order", { tags: ["y", "x"] }],
    ["a property that is not there", { cc: "a" } as object],
    ["another type", { to: ["a"] } as object],
    ["a function that says no", () => false],
    ["an asymmetric matcher that says no", { to: expect.stringMatching(/^b$/) as string }],
  ])("does not take %s for a match", async (_, match) => {
    const queue = testQueue();
    await queue.enqueue(mail, { to: "a", tags: ["x", "y"] });
    await refusal(queue.assertEnqueued(mail, match));
    await queue.refuteEnqueued(mail, match);
  });

  test("asks for what the options of the enqueue said", async () => {
    const queue = testQueue();
    const runAt = new Date(queue.now() + 60_000);
    await queue.enqueue(mail, { to: "a" }, { delay: "3d", priority: 2, id: "first" });
    await queue.enqueue(mail, { to: "b" }, { runAt });
    await queue.assertEnqueued(mail, { to: "a" }, { delay: "3d", priority: 2, id: "first", state: "delayed" });
    await queue.assertEnqueued(mail, { to: "b" }, { runAt, metadata: { to: "b" }, state: ["dead", "delayed"] });
    for (const wrong of [
      { delay: "2d" },
      { runAt },
      { priority: 5 },
      { id: "second" },
      { state: "enqueued" },
      { metadata: { to: "b" } },
    ] as const) {
      await refusal(queue.assertEnqueued(mail, { to: "a" }, wrong));
    }
  });

  test("shows what was there instead", async () => {
    const queue = testQueue({ handlers: handlers({ failures: 1 }).all, logFailures: false });
    expect(await refusal(queue.assertEnqueued(charge))).toBe("Expected a job charge. There are no jobs.");
    await queue.enqueue(mail, { to: "a" });
    expect(await refusal(queue.assertEnqueued(charge, { order: 1 }))).toBe(
      'Expected a job charge with the input {"order":1}. There is no charge. Of other names: send-mail (1).',
    );
    await queue.enqueue(charge, { order: 1 });
    await queue.enqueue(charge, { order: 2 }, { delay: "1d" });
    await queue.drain();
    const asked = queue.assertEnqueued(charge, { order: expect.any(String) as never }, { delay: "1h" });
    expect(await refusal(asked)).toBe(
      [
        'Expected a job charge with the input {"order":"Any<String>"} and {"delay":"1h"}. There are:',
        '  job-000002 failed until 2026-01-05T12:01:00.000Z {"order":1}: no money at attempt 1',
        '  job-000003 delayed until 2026-01-06T12:00:00.000Z {"order":2}',
        "Of other names: send-mail (1).",
      ].join("\n"),
    );
  });

  test("does not fill the screen", async () => {
    const queue = testQueue();
    const long = defineJob("long", { input: z.object({ text: z.string() }) });
    await queue.enqueueMany(Array.from({ length: 30 }, () => long.with({ text: "x".repeat(10_000) })));
    const message = await refusal(queue.assertEnqueued(long, { text: "y" }));
    expect(message.length).toBeLessThan(5_000);
    expect(message).toContain("and 20 more");
  });

  test("finds a job among more than a page of others", async () => {
    const queue = testQueue();
    const many = (from: string) => Array.from({ length: 900 }, (_, i) => mail.with({ to: `${from}${i}` }));
    await queue.enqueueMany(many("a"));
    await queue.enqueueMany(many("b"));
    await queue.assertEnqueued(mail, { to: "b899" });
  });

  test("finds a job that has run, too", async () => {
    const queue = testQueue({ handlers: handlers().all, mode: "inline" });
    await queue.enqueue(mail, { to: "a" });
    expect(await queue.assertEnqueued(mail, { to: "a" })).toMatchObject({ state: "completed", result: { sent: "a" } });
  });
});

test("refuteEnqueued shows the jobs that should not be there", async () => {
  const queue = testQueue();
  await queue.refuteEnqueued(mail);
  await queue.enqueue(mail, { to: "a" });
  await queue.refuteEnqueued(charge);
  await queue.refuteEnqueued(mail, { to: "b" });
  expect(await refusal(queue.refuteEnqueued(mail, { to: "a" }))).toBe(
    'Expected no job send-mail with the input {"to":"a"}, but found 1:\n  job-000001 enqueued {"to":"a","subject":"hello"}',
  );
});
