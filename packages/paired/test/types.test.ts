import { anyInput } from "@longshore/conformance/tools";
import { createQueue, createWorker, defineJob, every, schedule } from "@longshore/core";
import type { Store } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { paired } from "../src/index.ts";
import { fakeBroker } from "./fake-broker.ts";

const unique = defineJob("unique", {
  input: anyInput<{ userId: number }>(),
  id: ({ userId }) => `unique:${userId}`,
  priority: 3,
});

test("a pair is a store to the compiler: ids, priorities, listing, replay and schedules are there", async () => {
  const jobs = paired(memory(), fakeBroker());
  const store: Store = jobs;
  const queue = createQueue(jobs);
  await queue.enqueue(unique, { userId: 1 }, { priority: 1 });
  expect((await queue.list({ state: "enqueued" })).jobs).toHaveLength(1);
  expect(await queue.replay("unique:1")).toEqual({ status: "refused", state: "enqueued" });
  const worker = createWorker(jobs, {
    handlers: [],
    schedules: [schedule("sweep", every("5m"), unique.with({ userId: 2 }))],
  });
  await worker.tick();
  expect(typeof store.claim).toBe("function");
  // What the store has besides comes along.
  const forget: () => void = jobs.onWake(() => {});
  forget();
});

test("only a store can be paired, and only with a broker that carries", () => {
  const { carry: _, ...moves } = fakeBroker();
  // @ts-expect-error a broker keeps nothing
  expect(() => paired(fakeBroker(), fakeBroker())).toThrow("The store of paired must be");
  // @ts-expect-error it cannot carry
  expect(() => paired(memory(), moves)).toThrow("The broker of paired must be");
});
