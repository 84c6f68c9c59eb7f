import { expect, test } from "vitest";
import { z } from "zod";
import { createQueue, defineJob, every, schedule } from "../src/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const input = z.object({});
const task = defineJob("task", { input });

test("a job comes after requests of its call, ids and answers, and is in the partition of the first", async () => {
  const adapter = minimalAdapter();
  const queue = createQueue(adapter);
  const first = task.with({}, { id: "one", partition: "p" });
  const answer = await queue.enqueue(task, {}, { id: "two", partition: "p" });
  await queue.enqueueMany([task.with({}, { id: "last", after: [first, answer, "three"], onFailed: "run" }), first]);
  const [, last] = adapter.sent;
  expect(last?.after).toEqual({
    jobs: [
      { id: "one", partition: "p" },
      { id: "two", partition: "p" },
      { id: "three", partition: undefined },
    ],
    onFailed: "run",
  });
  expect(last?.partition).toBe("p");
});

test("a line of requests without partitions is in that of its first job, whatever its order in the call", async () => {
  const adapter = minimalAdapter();
  const a = task.with({}, { id: "a" });
  const b = task.with({}, { id: "b", after: [a] });
  const c = task.with({}, { id: "c", after: [b] });
  await createQueue(adapter).enqueueMany([c, b, a]);
  expect(adapter.sent.map(({ partition }) => partition)).toEqual(["a", "a", undefined]);
});

test("a cycle is refused, and a job after itself", async () => {
  const adapter = minimalAdapter();
  const queue = createQueue(adapter);
  const cycle = [task.with({}, { id: "a", after: ["b"] }), task.with({}, { id: "b", after: ["a"] })];
  await expect(queue.enqueueMany(cycle)).rejects.toMatchObject({ code: "invalid_option", message: /cycle/ });
  await expect(queue.enqueue(task, {}, { id: "a", after: ["a"] })).rejects.toMatchObject({ code: "invalid_option" });
  expect(adapter.sent).toEqual([]);
});

test("what is no list of jobs is refused, and so are requests of other calls, unique keys and too many ids", async () => {
  const adapter = minimalAdapter();
  const queue = createQueue(adapter);
  const refused = async (options: object, code = "invalid_option") =>
    expect(queue.enqueue(task, {}, options)).rejects.toMatchObject({ code });
  await refused({ after: [] });
  await refused({ after: "one" });
  await refused({ after: ["no id"] }, "invalid_id");
  await refused({ after: [{ id: 1 }] }, "invalid_id");
  await refused({ after: [null] }, "invalid_id");
  await refused({ after: ["one"], onFailed: "stop" });
  await refused({ after: [task.with({})] });
  await refused({ after: ["one"], unique: { key: 1 } });
  await refused({ after: Array.from({ length: 200 }, (_, n) => `parent:${n}`) }, "payload_too_large");
  expect(adapter.sent).toEqual([]);
});

test("an adapter without dependencies refuses jobs that come after others", async () => {
  const queue = createQueue(minimalAdapter({ dependencies: false }));
  await expect(queue.enqueue(task, {}, { after: ["one"] })).rejects.toMatchObject({ code: "invalid_option" });
});

test("a schedule's request comes after no job: each of its occurrences is in a partition of its own", () => {
  const request = task.with({}, { after: ["one"] }) as ReturnType<typeof task.with>; // the types refuse it, too
  expect(() => schedule("nightly", every("1h"), request)).toThrow(
    expect.objectContaining({ code: "invalid_schedule", message: expect.stringContaining("after") }),
  );
});
