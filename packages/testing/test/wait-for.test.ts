import { defineJob } from "@longshore/core";
import { testQueue } from "@longshore/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { charge, handlers, mail } from "./jobs.ts";

const LONG = { timeout: "100s" } as const;

test("resolves with the id once a job is there that matches", async () => {
  const queue = testQueue();
  const waited = queue.waitFor(mail, { to: "b" }, "enqueued", LONG);
  await queue.enqueue(mail, { to: "a" });
  const { id } = await queue.enqueue(mail, { to: "b" });
  expect(await waited).toBe(id);
});

test("resolves for a state that a job has left long ago", async () => {
  const queue = testQueue({ handlers: handlers({ failures: 1 }).all, logFailures: false });
  const { id } = await queue.enqueue(charge, { order: 1 });
  await queue.advance("1h");
  for (const state of ["enqueued", "active", "failed", "completed"] as const) {
    expect(await queue.waitFor(charge, { order: 1 }, state, LONG)).toBe(id);
  }
});

test("resolves for a job that is no longer kept", async () => {
  const brief = defineJob("brief", { input: z.object({ n: z.number() }), keep: 0 });
  const queue = testQueue({ handlers: [{ definition: brief, run: () => undefined }], mode: "inline" });
  const { id } = await queue.enqueue(brief, { n: 1 });
  expect(await queue.get(id)).toBeUndefined();
  expect(await queue.waitFor(brief, { n: 1 }, "completed", LONG)).toBe(id);
});

test("resolves for a job that did not begin in time", async () => {
  const brief = defineJob("brief", { input: z.object({ n: z.number() }), keep: 0 });
  const queue = testQueue({ handlers: [{ definition: brief, run: () => undefined }] });
  const { id } = await queue.enqueue(brief, { n: 1 }, { startWithin: "1m" });
  await queue.pause("default");
  await queue.advance("1h");
  await queue.resume("default");
  await queue.drain();
  expect(await queue.waitFor(brief, { n: 1 }, "cancelled", LONG)).toBe(id);
});

test("resolves for what an operator did", async () => {
  const queue = testQueue();
  const { id } = await queue.enqueue(mail, { to: "a" });
  const waited = queue.waitFor(mail, {}, "cancelled", LONG);
  await queue.cancel(id);
  expect(await waited).toBe(id);
});

test("takes no job of another name, another input or another id for it", async () => {
  const queue = testQueue();
  const waited = queue.waitFor(mail, { to: "a" }, "enqueued", { id: "right", ...LONG });
  let found: string | undefined;
  void waited.then((id) => (found = id));
  await queue.enqueue(charge, { order: 1 });
  await queue.enqueue(mail, { to: "b" });
  await queue.enqueue(mail, { to: "a" });
  await queue.drain();
  expect(found).toBeUndefined();
  await queue.enqueue(mail, { to: "a" }, { id: "right" });
  expect(await waited).toBe("right");
});

test("fails after its timeout, and shows what was there instead", async () => {
  const queue = testQueue();
  await queue.enqueue(mail, { to: "a" });
  await expect(queue.waitFor(mail, { to: "a" }, "completed", { timeout: "0ms" })).rejects.toMatchObject({
    name: "AssertionError",
    message: [
      'No job send-mail with the input {"to":"a"} was completed within 0 ms. There is:',
      '  job-000001 enqueued {"to":"a","subject":"hello"}',
    ].join("\n"),
  });
});

test("a state or an option that does not exist is refused at once, in place of a wait for nothing", async () => {
  const queue = testQueue();
  const refused = { code: "invalid_option" };
  await expect(queue.waitFor(mail, {}, "complete" as never)).rejects.toMatchObject(refused);
  await expect(queue.waitFor(mail, {}, "completed", { timeoutMs: 50 } as never)).rejects.toMatchObject(refused);
});
