import { testQueue } from "@longshore/testing";
import { expect, test } from "vitest";
import { type Mail, createHandlers } from "../src/handlers.ts";
import { report, welcome } from "../src/jobs.ts";
import { schedules } from "../src/schedules.ts";

/** A queue on a clock that the test moves, with a mail service that fails at first as often as told. */
function setUp(failures = 0) {
  const mails: Mail[] = [];
  const handlers = createHandlers({
    async sendMail(mail) {
      if (failures-- > 0) throw new Error("no mail today");
      mails.push(mail);
    },
    countMails: () => mails.length,
  });
  const silent = (): void => {};
  const log = { debug: silent, info: silent, warn: console.warn, error: console.error };
  return { mails, queue: testQueue({ handlers, schedules, log, logFailures: false }) };
}

test("who signs up is welcomed", async () => {
  const { mails, queue } = setUp();
  await queue.enqueue(welcome, { email: "user@example.com" });
  await queue.drain();
  expect(mails).toEqual([{ to: "user@example.com", text: "Welcome!" }]);
});

test("a mail that could not be sent is tried again", async () => {
  const { mails, queue } = setUp(2);
  await queue.enqueue(welcome, { email: "user@example.com" });
  await queue.advance("1m");
  await queue.assertEnqueued(welcome, { email: "user@example.com" }, { state: "completed" });
  expect(mails).toHaveLength(1);
});

test("after three failures it is a dead letter, which can be replayed", async () => {
  const { mails, queue } = setUp(3);
  const { id } = await queue.enqueue(welcome, { email: "user@example.com" });
  await queue.advance("1m");
  await queue.assertEnqueued(welcome, { email: "user@example.com" }, { state: "dead" });
  await queue.replay(id);
  await queue.drain();
  expect(mails).toHaveLength(1);
});

test("there is a report every five minutes", async () => {
  const { queue } = setUp();
  await queue.drain();
  await queue.advance("5m");
  await queue.assertEnqueued(report, {}, { state: "completed" });
});
