import { expect, test } from "vitest";
import { z } from "zod";
import { type Handler, createWorker, defineJob, handle, handleMany, retryAfter } from "../src/index.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";
import { claimed, manualTime, scriptedBackend, silent, task } from "./scripted-backend.ts";

/** A handler that is done with what it gets, and the sizes of its calls so far. */
function counting(size: number): { readonly handler: Handler; readonly calls: number[] } {
  const calls: number[] = [];
  const handler = handleMany(task, { size, wait: "5s" }, async (jobs) => {
    calls.push(jobs.length);
    return jobs.map(() => ({ status: "fulfilled", value: undefined }));
  });
  return { handler, calls };
}

const batch = (count: number, queue = "default") =>
  Array.from({ length: count }, (_, i) => ({ ...claimed(`${queue}-${i}`), queue }));

test.each(["default", "of another worker"])(
  "a delivered batch of the queue %s reaches the handler whole, without a wait and without options for slots",
  async (queue) => {
    const { platform } = manualTime();
    const { handler, calls } = counting(100);
    const worker = createWorker(minimalAdapter(), { handlers: [handler], platform, log: silent });
    expect(await worker.run(batch(100, queue))).toMatchObject({ claimed: 100, completed: 100 });
    expect(calls).toEqual([100]);
  },
);

test("workers that share a handler do not wait for each other's jobs", async () => {
  const { platform, pass } = manualTime();
  const { handler, calls } = counting(2);
  const runs = [0, 1].map(() =>
    createWorker(minimalAdapter(), { handlers: [handler], platform, log: silent }).run([claimed("a")]),
  );
  await pass(4_999);
  expect(calls).toEqual([]);
  await pass(1);
  expect(calls).toEqual([1, 1]);
  expect(await Promise.all(runs)).toMatchObject([{ completed: 1 }, { completed: 1 }]);
});

test("a worker has as many slots as its largest handler of many jobs, unless fewer are asked for: that is refused", async () => {
  const { platform } = manualTime();
  const other = defineJob("other", { input: z.object({}) });
  const handlers = [counting(25).handler, handle(other, () => {})];
  const wanted: number[] = [];
  const backend = scriptedBackend(platform, {
    claim: async ({ queues }) => {
      wanted.push(...queues.map(({ limit }) => limit));
      return [];
    },
  });
  await createWorker(backend, { handlers, platform, log: silent }).drain();
  await createWorker(backend, { handlers: handlers.toReversed(), platform, log: silent }).drain();
  await createWorker(backend, { handlers, queues: { default: 30 }, platform, log: silent }).drain();
  await createWorker(backend, { handlers, queues: { mail: 3 }, platform, log: silent }).drain();
  expect(wanted).toEqual([25, 25, 30, 3]);
  const few = () => createWorker(backend, { handlers, queues: { default: 24 }, platform, log: silent });
  expect(await codeOf(async () => few())).toBe("invalid_option");
  expect(few).toThrow("slots of default must be at least 25, the size of task's handler; got 24");
});

test("a job's reason decides what follows, and only for that job", async () => {
  const { platform } = manualTime();
  const backend = scriptedBackend(platform);
  backend.claims.push(batch(3));
  const reasons = [retryAfter("7m", "busy"), undefined];
  const handler = handleMany(task, { size: 3, wait: 0 }, async () => [
    ...reasons.map((reason) => ({ status: "rejected", reason }) as const),
    { status: "fulfilled", value: "not kept" },
  ]);
  await createWorker(backend, { handlers: [handler], platform, log: silent }).drain();
  expect(backend.settled.map(({ outcome }) => outcome)).toMatchObject([
    { type: "retry", delayMs: 420_000, failure: { message: "busy" } },
    { type: "retry", delayMs: 30_000 },
    { type: "complete" },
  ]);
});

test.each([undefined, {}, [5], [{ status: "done" }]])("an answer such as %j has failed the job", async (answer) => {
  const { platform } = manualTime();
  const backend = scriptedBackend(platform);
  backend.claims.push(batch(1));
  const handler = handleMany(task, { size: 1, wait: 0 }, async () => answer as never);
  await createWorker(backend, { handlers: [handler], platform, log: silent }).drain();
  const failure = { message: expect.stringContaining("answered nothing for job 1 of 1") };
  expect(backend.settled).toMatchObject([{ outcome: { type: "retry", failure } }]);
});

test("a job that leaves while it waits does not shorten the wait of the next one", async () => {
  const { platform, pass } = manualTime();
  const { handler, calls } = counting(2);
  const worker = createWorker(minimalAdapter(), { handlers: [handler], platform, log: silent });
  const first = worker.run([{ ...claimed("a"), headers: { v: "1", t: "2000" } }]);
  await pass(2_000);
  expect(await first).toMatchObject({ failed: 1 });
  const second = worker.run([claimed("b")]);
  await pass(4_999);
  expect(calls).toEqual([]);
  await pass(1);
  expect(calls).toEqual([1]);
  expect(await second).toMatchObject({ completed: 1 });
});
