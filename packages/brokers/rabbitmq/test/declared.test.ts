import { createQueue, defineJob } from "@longshore/core";
import { turn } from "@longshore/conformance/tools";
import { expect, test } from "vitest";
import { z } from "zod";
import { rabbitmq } from "../src/index.ts";
import { fakeConnection } from "./fake-connection.ts";
import { signal } from "./setting.ts";

const task = defineJob("task", { input: z.object({ n: z.number() }) });
const tasks = Array.from({ length: 100 }, (_, n) => task.with({ n }));

/** A broker, and a server that has no queue until its second declaration is over, which the test may hold up. */
function setting() {
  const fake = fakeConnection();
  fake.answer = "unroutable";
  let declared = 0;
  let goOn = Promise.resolve();
  const connect = async () => ({
    ...fake,
    async declare() {
      declared++;
      await goOn;
      fake.answer = "confirmed";
    },
  });
  const queue = createQueue(rabbitmq({ connect }));
  return {
    fake,
    queue,
    statuses: async () => new Set((await queue.enqueueMany(tasks)).map(({ status }) => status)),
    /** How often it was asked to declare since the last look: the levels of delays are one, a queue is one. */
    declared: () => [declared, (declared = 0)][0],
    hold(until: Promise<void>) {
      goOn = until;
    },
  };
}

test("jobs that are sent together to a server without their queue have it declared once", async () => {
  const { statuses, declared } = setting();
  expect(await statuses()).toEqual(new Set(["sent"]));
  expect(declared()).toBe(2);
});

test("jobs that are enqueued while a queue is being declared wait for that", async () => {
  const { queue, declared, hold } = setting();
  const { come, send } = signal();
  hold(come);
  const answers = [];
  for (let n = 0; n < 5; n++) {
    answers.push(queue.enqueue(task, { n }));
    await turn();
  }
  send();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(5).fill("sent"));
  expect(declared()).toBe(2);
});

test("a queue that somebody removed is declared anew, once, and so each time", async () => {
  const { fake, statuses, declared } = setting();
  for (const _ of [1, 2, 3]) {
    fake.answer = "unroutable";
    expect(await statuses()).toEqual(new Set(["sent"]));
    expect(declared()).toBe(2);
  }
});

test("a declaration that failed is tried again by the next job", async () => {
  const { queue, declared, hold } = setting();
  hold(Promise.reject(new Error("no")));
  expect((await queue.enqueueMany(tasks)).map(({ status }) => status)).toEqual(Array(100).fill("failed"));
  expect(declared()).toBe(1);
  hold(Promise.resolve());
  expect((await queue.enqueue(task, { n: 1 })).status).toBe("sent");
  expect(declared()).toBe(2);
});
