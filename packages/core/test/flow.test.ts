import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { createQueue, defineJob, flow } from "../src/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const task = defineJob("task", { input: z.object({}) });
const job = (id: string, options = {}) => task.with({}, { ...options, id });

test("a flow's jobs come after those that it names, whatever the order, and its answers have its names", async () => {
  const adapter = minimalAdapter();
  const jobs = { end: job("end"), left: job("left", { onFailed: "run" }), right: job("right"), start: job("start") };
  const parents = { end: ["left", "right"], left: ["start"], right: ["start"] } as const;
  const answers = await flow(createQueue(adapter), jobs, parents);
  expect(adapter.sent.map(({ id, after }) => [id, after?.onFailed, after?.jobs.map((one) => one.id)])).toEqual([
    ["end", "dead", ["left", "right"]],
    ["left", "run", ["start"]],
    ["right", "dead", ["start"]],
    ["start", undefined, undefined],
  ]);
  expect(Object.entries(answers).map(([name, { id, status }]) => [name, id, status])).toEqual(
    ["end", "left", "right", "start"].map((id) => [id, id, "created"]),
  );
  expectTypeOf(answers.left.id).toEqualTypeOf<string>();
});

test("what a flow's request comes after by itself stays, and one request may be two of its jobs", async () => {
  const adapter = minimalAdapter();
  const again = task.with({}, { after: ["before"] });
  await flow(createQueue(adapter), { one: again, two: again, first: job("first") }, { two: ["first"] });
  expect(adapter.sent.map(({ after }) => after?.jobs.map(({ id }) => id))).toEqual([
    ["before"],
    ["before", "first"],
    undefined,
  ]);
});

test("a cycle is refused with its names, and so are names that the flow has not", async () => {
  const adapter = minimalAdapter();
  const queue = createQueue(adapter);
  const jobs = { a: job("a"), b: job("b"), c: job("c") };
  const refused = async (parents: object, message: string) =>
    expect(flow(queue, jobs, parents)).rejects.toMatchObject({
      code: "invalid_option",
      message: expect.stringContaining(message),
    });
  await refused({ a: ["b"], b: ["c"], c: ["a"] }, '"a after b after c after a"');
  await refused({ a: ["a"] }, '"a after a"');
  await refused({ a: ["d"] }, '"d"');
  await refused({ d: ["a"] }, '"d"');
  await refused({ a: ["toString"] }, '"toString"');
  await refused({ a: "b" }, "list");
  await refused({ a: [] }, "list of 1 to");
  expect(adapter.sent).toEqual([]);
});

test("what are no requests is refused, and more than one call takes", async () => {
  const queue = createQueue(minimalAdapter());
  const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`n${n}`, job(`n${n}`)]));
  await expect(flow(queue, many, {})).rejects.toMatchObject({ code: "batch_too_large" });
  const none = { a: null, b: job("b") } as unknown as { a: ReturnType<typeof job>; b: ReturnType<typeof job> }; // untyped callers
  await expect(flow(queue, none, { a: ["b"] })).rejects.toMatchObject({ code: "invalid_option" });
  await expect(flow(queue, none, {})).rejects.toMatchObject({ code: "invalid_option" });
});
