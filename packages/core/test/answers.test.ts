import { expect, test } from "vitest";
import { type JobEvent, createQueue } from "../src/index.ts";
import type { EnqueueAnswer } from "../src/adapter.ts";
import { task } from "./pier.ts";
import { codeOf } from "./refusal.ts";
import { sink } from "./sink.ts";

/** A queue whose backend answers this, whatever it is sent, and the events of it. */
function answering(answers: readonly EnqueueAnswer[]) {
  const events: JobEvent[] = [];
  const queue = createQueue(
    { ...sink(), enqueue: async () => answers },
    { onEvent: (event) => void events.push(event), log: console },
  );
  return { queue, events };
}

test("F45: a job of which the backend says nothing has failed, and no event tells of it", async () => {
  const { queue, events } = answering([{ status: "created" }]);
  expect(await codeOf(() => answering([]).queue.enqueue(task, {}))).toBe("enqueue_failed");
  const answers = await queue.enqueueMany([task.with({}), task.with({})]);
  expect(answers.map(({ status }) => status)).toEqual(["created", "failed"]);
  expect(events.map(({ type }) => type)).toEqual(["enqueued"]);
});

test("F45: an enqueue that the backend did not take is rejected, with what the backend says of it", async () => {
  const { queue, events } = answering([{ status: "failed", message: "the quay is full" }]);
  await expect(queue.enqueue(task, {})).rejects.toThrow("the quay is full");
  await expect(queue.enqueue(task, {}, { id: "a" })).rejects.toThrow("the quay is full");
  expect(events).toEqual([]);
});
