import { expect, test } from "vitest";
import { type JobEvent, LongshoreError, createQueue } from "../src/index.ts";
import type { EnqueueAnswer, Traits } from "../src/adapter.ts";
import { task } from "./scripted-backend.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

/** A queue whose backend answers this, whatever it is sent, and the events of it. */
function answering(answers: readonly EnqueueAnswer[]) {
  const events: JobEvent[] = [];
  const queue = createQueue(
    { ...minimalAdapter(), enqueue: async () => answers },
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

/** A backend that takes what it is sent, and whose first reply is lost. */
function forgetful(traits: Partial<Traits> = {}) {
  const adapter = minimalAdapter(traits);
  const lost = new Error("connection reset");
  let calls = 0;
  return {
    lost,
    ids: () => adapter.sent.map(({ id }) => id),
    queue: createQueue({
      ...adapter,
      async enqueue(jobs) {
        const answers = await adapter.enqueue(jobs);
        if (++calls === 1) throw lost;
        return answers;
      },
    }),
  };
}

const thrownBy = async (call: Promise<unknown>): Promise<LongshoreError> =>
  call.then(
    () => expect.unreachable("it should have been rejected"),
    (error) => error,
  );

test("F48: an enqueue whose reply was lost tells the id that it had made, under which it can be repeated", async () => {
  const { queue, lost, ids } = forgetful();
  const error = await thrownBy(queue.enqueue(task, {}));
  expect(error).toMatchObject({ name: "LongshoreError", code: "enqueue_failed", ids: ids(), cause: lost });
  // What a driver says may quote the payload.
  expect(error.message).not.toContain("connection reset");
  await queue.enqueue(task, {}, { id: error.ids?.[0] ?? "" });
  expect(new Set(ids()).size).toBe(1);
});

test("F48: a batch whose reply was lost tells all of its ids, in their places", async () => {
  const { queue, ids } = forgetful();
  const requests = [task.with({}), task.with({}, { id: "b" }), task.with({})];
  const error = await thrownBy(queue.enqueueMany(requests));
  expect([error.code, error.ids]).toEqual(["enqueue_failed", ids()]);
  expect(error.ids?.[1]).toBe("b");
});

test("F48: an enqueue that the backend refused tells its id, too", async () => {
  const error = await thrownBy(answering([{ status: "failed", message: "full" }]).queue.enqueue(task, {}, { id: "a" }));
  expect(error.ids).toEqual(["a"]);
});

test("on a backend without ids an enqueue whose reply was lost says that another call may make another job", async () => {
  const error = await thrownBy(forgetful({ unique: false }).queue.enqueue(task, {}));
  expect([error.code, error.ids]).toEqual(["enqueue_failed", undefined]);
  expect(error.message).toContain("may make others");
});

test("what an adapter refuses by an error of ours keeps its code", async () => {
  const refused = new LongshoreError("shard_mismatch", "three, and not two");
  const queue = createQueue({ ...minimalAdapter(), enqueue: () => Promise.reject(refused) });
  expect(await thrownBy(queue.enqueue(task, {}))).toBe(refused);
  expect(await thrownBy(queue.enqueueMany([task.with({})]))).toBe(refused);
});
