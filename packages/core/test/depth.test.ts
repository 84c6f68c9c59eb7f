import { expect, test } from "vitest";
import { z } from "zod";
import { type Definition, createQueue, defineJob, defineQueue, untilRoom } from "../src/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const input = z.object({});
const crowded = defineJob("crowded", { input, queue: defineQueue("crowded", { maxDepth: 9 }) });
const untyped = crowded as unknown as Definition<typeof input>;

test("a producer's jobs carry the number of their queue", async () => {
  const adapter = minimalAdapter({ depth: true });
  const queue = createQueue(adapter);
  await queue.enqueue(untyped, {});
  await queue.enqueueMany([untyped.with({}), defineJob("free", { input }).with({})]);
  expect(adapter.sent.map(({ queue: name, maxDepth }) => [name, maxDepth])).toEqual([
    ["crowded", 9],
    ["crowded", 9],
    ["default", undefined],
  ]);
});

test("an adapter that does not count refuses jobs of such a queue", async () => {
  const adapter = minimalAdapter();
  const refused = { code: "invalid_option", message: expect.stringContaining("maxDepth") };
  await expect(createQueue(adapter).enqueue(untyped, {})).rejects.toMatchObject(refused);
  await expect(createQueue(adapter).enqueueMany([untyped.with({})])).rejects.toMatchObject(refused);
  expect(adapter.sent).toEqual([]);
});

test("who waits for room waits for nothing else", async () => {
  let calls = 0;
  const failing = untilRoom("5s", async () => {
    calls++;
    throw new Error("not this");
  });
  await expect(failing).rejects.toThrow("not this");
  expect(calls).toBe(1);
  await expect(untilRoom("soon" as "5s", async () => 1)).rejects.toMatchObject({ code: "invalid_duration" });
});
